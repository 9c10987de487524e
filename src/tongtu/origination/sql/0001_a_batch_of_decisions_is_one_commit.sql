-- Applications, decisions and acceptances; one batch of decisions is one statement and one commit.
-- Other contexts are reached only through their functions. Time, ids and salts are parameters.

create schema if not exists origination;

-- Which pack, model, rules and book decided: their hashes, the sources themselves (so that an old
-- decision can be replayed after the files have changed) and the dictionary its records need.
create table origination.version (
    id smallint generated always as identity primary key,
    hash bytea not null unique check (octet_length(hash) = 32),
    pack text not null,
    pack_hash text not null,
    model_hash text not null,
    rules_hash text not null,
    book_hash text not null,
    dictionary bytea not null,
    sources bytea not null,
    since timestamptz not null
);
alter table origination.version alter column sources set storage external;

create table origination.application (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    decision int8 not null,
    product text not null,
    amount_minor int8 not null check (amount_minor > 0),
    tenor_months smallint not null check (tenor_months > 0),
    device_hash int8 not null,
    business_date date not null,
    submitted_at timestamptz not null,
    primary key (cell, id)
);
-- These serve velocity ("at least k since then") and a person's list. Time stands in them and not the
-- id: with it, the primary key would look as good to a plan made while the table is empty.
create index application_of_party on origination.application (cell, party, submitted_at);
create index application_of_device on origination.application (cell, device_hash, submitted_at);
-- Rows arrive in order of the business day: a block index finds a day and costs a row nothing.
create index application_of_day on origination.application using brin (business_date)
    with (pages_per_range = 16, autosummarize = on);

create table origination.decision (
    cell smallint not null,
    id int8 not null,
    application int8 not null,
    version smallint not null,  -- of origination.version; checking it for each row would lock one row
    outcome text not null check (outcome in ('offers', 'declined', 'review')),
    points smallint not null,
    band smallint not null,
    programs int8[] not null,  -- the program of each offer, in the order shown; each holds a quota
    salt bytea not null,
    record bytea not null,     -- schema number + zstd of record and answer (record.py)
    primary key (cell, id),
    check ((outcome = 'offers') = (cardinality(programs) > 0))
);
alter table origination.decision alter column record set storage external;

create table origination.acceptance (
    cell smallint not null,
    id int8 not null,          -- the offer's id from here on
    application int8 not null,
    decision int8 not null,
    party int8 not null,
    n smallint not null,
    lender smallint not null,
    program int8 not null,
    commitment int8 not null,
    amount_minor int8 not null check (amount_minor > 0),
    exposure_minor int8 not null check (exposure_minor >= 0),
    offer jsonb not null,
    business_date date not null,
    accepted_at timestamptz not null,
    salt bytea not null check (octet_length(salt) = 16),
    primary key (cell, id),
    unique (cell, application)
);
create index acceptance_of_party on origination.acceptance (cell, party, id);

-- What a party owes or may come to owe through us; moved only by guarded updates.
create table origination.exposure (
    cell smallint not null,
    party int8 not null,
    used_minor int8 not null check (used_minor >= 0),
    primary key (cell, party)
) with (fillfactor = 70);

-- A declined person asked for a person; the answer of the machine stays as it was.
create table origination.review_request (
    cell smallint not null,
    application int8 not null,
    asked_at timestamptz not null,
    primary key (cell, application)
);

-- A day whose open offers have been let go: nothing may be decided or accepted on it any more.
create table origination.expiry (
    cell smallint not null,
    business_date date not null,
    offers int8 not null,
    expired_at timestamptz not null,
    primary key (cell, business_date)
);

-- Deciders and acceptors share this lock, the expiry of a day takes it alone: so an expiry sees
-- every offer of its day, and nobody adds one behind its back.
create function origination.hold_day(p_cell smallint, p_business_date date) returns void
language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(710201, p_cell::int4);
    perform from origination.expiry e
      where e.cell = p_cell and e.business_date = p_business_date;
    if found then
        raise exception 'the offers of % have expired', p_business_date using errcode = 'TQ003';
    end if;
end $$;

-- One row of facts for a whole batch. people[n] = identified (0, 1; -1 no such party), 18th birthday
-- as days since the year 1 (0 unknown), consent bits, exposure in fen, applications of the party and
-- of the device since then (at most p_count_max, which is all a rule needs to know). A stored
-- command answers with the record of its decision.
-- The settings pin index probes: a plan made while tables were empty would read them whole later.
create function origination.prefetch_batch(
    p_cell smallint, p_parties int8[], p_callers int8[], p_operation text, p_keys text[],
    p_devices int8[], p_since timestamptz, p_count_max int4, p_day date
) returns table (
    people int8[], programs int8[], remaining_minor int8[],
    stored int4[], stored_hashes bytea[], stored_versions int2[], stored_records bytea[]
) language plpgsql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
    set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
    select array_agg(array[
            coalesce(p.is_identified::int4::int8, -1),
            coalesce((p.adult_on - date '0001-01-01' + 1)::int8, 0),
            coalesce(p.consent_mask, 0),
            coalesce((select e.used_minor from origination.exposure e
                where e.cell = p_cell and e.party = r.party), 0),
            (select count(*) from (select from origination.application a
                where a.cell = p_cell and a.party = r.party and a.submitted_at > p_since
                order by a.submitted_at desc limit p_count_max) recent),
            (select count(*) from (select from origination.application a
                where a.cell = p_cell and a.device_hash = r.device and a.submitted_at > p_since
                order by a.submitted_at desc limit p_count_max) recent)
        ] order by r.n)
      into people
      from unnest(p_parties, p_devices) with ordinality as r(party, device, n)
      left join identity.find_parties(p_cell, p_parties) p on p.n = r.n;
    select array_agg(q.program), array_agg(q.remaining_minor) into programs, remaining_minor
      from funding.quotas(p_cell, p_day) q;
    select array_agg(c.n), array_agg(c.body_hash), array_agg(d.version), array_agg(d.record)
      into stored, stored_hashes, stored_versions, stored_records
      from runtime.command_find(p_cell, p_callers, p_operation, p_keys) c
      join origination.decision d
        on d.cell = p_cell and d.id = ('x' || encode(c.answer, 'hex'))::bit(64)::int8;
    return next;
end $$;

-- Writes a whole batch or nothing. A race is told by its SQLSTATE, and the lane looks again:
-- TQ001 a quota is short, TQ002 a consent was withdrawn, TQ003 the day is closed, TQ004 a command
-- of this batch was stored meanwhile. The stored answer of a command is its decision's id: the
-- answer itself stands in the record, once.
create function origination.decide_batch(
    p_cell smallint, p_batch int8, p_operation text, p_version smallint, p_business_date date,
    p_at timestamptz,
    p_callers int8[], p_keys text[], p_hashes bytea[],
    p_applications int8[], p_decisions int8[], p_parties int8[], p_products text[],
    p_amounts int8[], p_tenors int8[], p_devices int8[], p_submitted timestamptz[],
    p_outcomes text[], p_steps text[], p_points int8[], p_bands int8[],
    p_offers_from int8[], p_offers_to int8[], p_programs int8[],
    p_salts bytea[], p_records bytea[], p_commitments bytea[], p_masks int8[],
    p_reserve_programs int8[], p_reserve_amounts int8[], p_process_version text, p_event bytea
) returns void language plpgsql as $$
declare
    v_live int8[];
begin
    perform origination.hold_day(p_cell, p_business_date);
    if runtime.command_batch(p_cell, p_callers, p_operation, p_keys, p_hashes,
            (select array_agg(int8send(d.id) order by d.n)
               from unnest(p_decisions) with ordinality as d(id, n)), p_at)
        <> cardinality(p_keys) then
        raise exception 'a command was stored meanwhile' using errcode = 'TQ004';
    end if;
    v_live := identity.use_consents(p_cell, p_batch, p_parties, p_masks, p_at);
    if v_live <> p_masks then
        raise exception 'a consent was withdrawn meanwhile' using errcode = 'TQ002';
    end if;
    if cardinality(p_reserve_programs) > 0 then
        perform funding.reserve_batch(
            p_cell, p_business_date, p_reserve_programs, p_reserve_amounts);
    end if;
    insert into origination.application
        (cell, id, party, decision, product, amount_minor, tenor_months, device_hash,
         business_date, submitted_at)
      select p_cell, a.id, a.party, a.decision, a.product, a.amount, a.tenor, a.device,
             p_business_date, a.submitted
        from unnest(p_applications, p_parties, p_decisions, p_products, p_amounts, p_tenors,
                    p_devices, p_submitted)
          as a(id, party, decision, product, amount, tenor, device, submitted);
    insert into origination.decision
        (cell, id, application, version, outcome, points, band, programs, salt, record)
      select p_cell, d.id, d.application, p_version, d.outcome, d.points, d.band,
             p_programs[d.first:d.last], d.salt, d.record
        from unnest(p_decisions, p_applications, p_outcomes, p_points, p_bands, p_offers_from,
                    p_offers_to, p_salts, p_records)
          as d(id, application, outcome, points, band, first, last, salt, record);
    perform evidence.append_batch(p_cell, p_batch,
        array_fill('decision'::text, array[cardinality(p_decisions)]), p_decisions,
        p_commitments, p_at);
    perform process.append_batch(
        p_cell, p_applications, 'origination', p_process_version, p_steps, p_at);
    perform runtime.outbox_batch(
        p_cell, array[p_batch], array['origination.decided'], array[p_event], p_at);
end $$;

-- Lets go the quota of every offer of the day that nobody took, and ends those cases at p_step.
-- Runs once a day and cell; a second run finds the day's row and does nothing.
create function origination.expire_day(
    p_cell smallint, p_business_date date, p_step text, p_process_version text, p_at timestamptz
) returns int8 language plpgsql as $$
declare
    v_open int8[];
    v_programs int8[];
    v_amounts int8[];
begin
    perform pg_advisory_xact_lock(710201, p_cell::int4);
    select array_agg(a.id order by a.id) into v_open
      from origination.application a
      join origination.decision d on d.cell = a.cell and d.id = a.decision
     where a.cell = p_cell and a.business_date = p_business_date and d.outcome = 'offers'
       and not exists (select from origination.acceptance t
             where t.cell = a.cell and t.application = a.id);
    insert into origination.expiry
      values (p_cell, p_business_date, coalesce(cardinality(v_open), 0), p_at)
      on conflict do nothing;
    if not found or v_open is null then
        return 0;
    end if;
    select array_agg(t.program), array_agg(t.amount_minor) into v_programs, v_amounts
      from (select o.program, sum(a.amount_minor)::int8 as amount_minor
              from unnest(v_open) as open(id)
              join origination.application a on a.cell = p_cell and a.id = open.id
              join origination.decision d on d.cell = a.cell and d.id = a.decision
              cross join lateral unnest(d.programs) as o(program)
             group by o.program order by o.program) t;
    perform funding.release_batch(p_cell, p_business_date, v_programs, v_amounts);
    perform process.append_batch(p_cell, v_open, 'origination', p_process_version,
        array_fill(p_step, array[cardinality(v_open)]), p_at,
        array_fill('ended'::text, array[cardinality(v_open)]));
    return cardinality(v_open);
end $$;
