-- Lists with an end to each entry, what matched them, and what the outside says of a person.

-- One row a change of anything the processes keep in memory: they look at it each second.
create table risk.list_state (
    one bool primary key default true check (one),
    version int8 not null
);
insert into risk.list_state (version) values (0);

-- An entry says either a keyed hash (device, internet address, phone, resident id, address, card) or
-- a sealed name. Two persons put it there and two take it away.
create table risk.list_entry (
    id int8 primary key,
    list text not null check (list in ('deny', 'watch', 'allow')),
    kind text not null
        check (kind in ('device', 'ip', 'phone', 'resident_id', 'address', 'card', 'name')),
    key int8 not null check (key >= 0),
    sealed bytea,
    why text not null check (length(why) between 3 and 200),
    approval int8 not null,
    added_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > added_at),
    removed_at timestamptz,
    removed_by int8,           -- the approval of the removal
    check ((kind = 'name') = (sealed is not null)),
    check ((kind = 'name') = (key = 0)),
    check (kind <> 'name' or list <> 'allow')
);

-- Every application that met an entry, in the commit that decided it.
create table risk.list_hit (
    cell smallint not null,
    application int8 not null,
    entry int8 not null,
    at timestamptz not null,
    primary key (cell, application, entry)
);

-- Every name that came near one on a list. Open until a person has looked: a near name is no match.
create table risk.name_hit (
    cell smallint not null,
    party int8 not null,
    entry int8 not null,
    score smallint not null check (score between 1 and 100),
    found_at timestamptz not null,
    cleared_at timestamptz,
    cleared_by int8,
    why text,
    primary key (cell, party, entry),
    check ((cleared_at is null) = (cleared_by is null))
);

-- What a batch of decisions reads of each person, in one probe. bureau: 0 nothing, 1 a report, 2 no
-- record.
create table risk.background (
    cell smallint not null,
    party int8 not null,
    name_score smallint not null default 0 check (name_score between 0 and 100),
    screened_at timestamptz,
    bureau smallint not null default 0 check (bureau between 0 and 2),
    bureau_at timestamptz,
    bureau_overdue int4 not null default 0,
    bureau_inquiries int4 not null default 0,
    primary key (cell, party),
    check ((bureau = 0) = (bureau_at is null))
) with (fillfactor = 80);

-- For each party in order: name score, bureau, its instant in seconds, overdue, inquiries.
create function risk.background_batch(p_cell smallint, p_parties int8[]) returns int8[]
language sql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
    set enable_hashjoin = off set enable_mergejoin = off
as $$
    select array_agg(coalesce(known.row, array[0, 0, 0, 0, 0]::int8[]) order by asked.n)
      from unnest(p_parties) with ordinality as asked (id, n)
      left join lateral (
        select array[s.name_score, s.bureau, coalesce(extract(epoch from s.bureau_at), 0)::int8,
                     s.bureau_overdue, s.bureau_inquiries]::int8[] as row
          from risk.background s where s.cell = p_cell and s.party = asked.id limit 1
      ) known on true
$$;

-- Called in the commit of a batch of decisions. `p_hits` are pairs of application and entry; null in
-- almost every batch.
create function risk.append_signals(
    p_cell smallint, p_batch int8, p_writer int8, p_at timestamptz, p_rows bytea, p_hits int8[]
) returns void language plpgsql as $$
begin
    insert into risk.signal_batch (cell, id, writer, at, rows)
      values (p_cell, p_batch, p_writer, p_at, p_rows);
    if p_hits is not null then
        insert into risk.list_hit (cell, application, entry, at)
          select p_cell, h.pair[1], h.pair[2], p_at
            from (select array[p_hits[n], p_hits[n + 1]] as pair
                    from generate_series(1, cardinality(p_hits), 2) n) h;
    end if;
end $$;
