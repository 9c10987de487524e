-- A token is looked up by its hash alone: the caller's cell is what this answers. The hashes, 32
-- bytes each, stand one after the other in one value.
drop function identity.find_tokens(bytea[], timestamptz);

create function identity.find_tokens(p_hashes bytea, p_at timestamptz)
returns table (
    n int, role text, subject int8, organisation int8, cell smallint, expires_at timestamptz
)
language sql stable as $$
    select asked.n, token.role, token.subject, token.organisation, token.cell, token.expires_at
    from generate_series(1, length(p_hashes) / 32) as asked (n)
    cross join lateral (
        select t.role, t.subject, t.organisation, t.cell, t.expires_at from identity.token t
        where t.hash = substr(p_hashes, 32 * asked.n - 31, 32)
            and t.revoked_at is null and t.expires_at > p_at
        limit 1
    ) token
$$;
