-- A process that reads tokens by itself asks for those that were ended since it last looked. The
-- transaction tells it what it cannot have seen: whatever is at or beyond the oldest one that was
-- still open then. Tokens ended before this column stood are never read without their row.

alter table identity.token add column revoked_xid xid8;
create index token_revoked on identity.token (revoked_xid) where revoked_xid is not null;

-- Whoever ends a token, by whatever statement.
create function identity.note_revocation() returns trigger language plpgsql as $$
begin
    new.revoked_xid := pg_current_xact_id();
    return new;
end $$;
create trigger revocation before update of revoked_at on identity.token
    for each row when (new.revoked_at is not null and old.revoked_at is null)
    execute function identity.note_revocation();

-- One row: from where to ask the next time, and the tokens ended since `p_since` that would still live.
create function identity.find_revoked(p_since xid8, p_at timestamptz)
returns table (horizon xid8, hashes bytea[], expiries timestamptz[])
language sql stable as $$
    select pg_snapshot_xmin(pg_current_snapshot()), array_agg(t.hash), array_agg(t.expires_at)
    from identity.token t
    where t.revoked_xid >= p_since and t.expires_at > p_at
$$;
