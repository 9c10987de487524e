-- Of a list of offers the cheapest alone holds its amount in its lender's budget; who takes another one
-- takes its budget at that moment (funding.exchange). What was decided before holds at every offer.

-- How many offers of `programs`, from the first, hold their amount; null: each, as before.
alter table origination.decision add column holds smallint check (holds > 0);
-- The same as its decision says: who takes an offer says that it knew.
alter table origination.acceptance add column holds smallint;

-- The programs whose budget a list of offers holds.
create function origination.holding(p_programs int8[], p_holds smallint) returns int8[]
language sql immutable as $$
    select p_programs[:coalesce(p_holds, cardinality(p_programs))]
$$;

-- A process of the release before gives back what every other offer held. Beside a list that holds
-- its cheapest alone it would give back what is other people's: it is refused, and asks again elsewhere.
create function origination.check_acceptance() returns trigger language plpgsql as $$
begin
    if new.holds is distinct from (select d.holds from origination.decision d
            where d.cell = new.cell and d.id = new.decision) then
        raise exception 'offers are taken otherwise in this release' using errcode = '55000';
    end if;
    return new;
end $$;
create trigger an_acceptance_knows_what_is_held before insert on origination.acceptance
    for each row execute function origination.check_acceptance();

-- Writes a whole batch or nothing. A race is told by its SQLSTATE, and the lane looks again:
-- TQ001 a quota is short, TQ002 a consent was withdrawn, TQ003 the day is closed, TQ004 a command
-- of this batch was stored meanwhile. The stored answer of a command is its decision's id: the
-- answer itself stands in the record, once. Hashes, salts (16 bytes) and commitments stand one after
-- the other in one value each; p_waited are microseconds from an application's arrival to p_at.
-- What is reserved are the first p_holds offers of each list.
create function origination.decide_batch(
    p_cell smallint, p_batch int8, p_operation text, p_version smallint, p_business_date date,
    p_at timestamptz,
    p_callers int8[], p_keys text[], p_hashes bytea,
    p_applications int8[], p_decisions int8[], p_parties int8[], p_products text[],
    p_amounts int8[], p_tenors int8[], p_devices int8[], p_waited int8[],
    p_outcomes text[], p_steps text[], p_points int8[], p_bands int8[],
    p_offers_from int8[], p_offers_to int8[], p_programs int8[],
    p_salts bytea, p_records bytea[], p_commitments bytea, p_masks int8[],
    p_reserve_programs int8[], p_reserve_amounts int8[], p_process_version text, p_event bytea,
    p_holds smallint
) returns void language plpgsql as $$
declare
    v_rows int4 := cardinality(p_decisions);
    v_live int8[];
    v_answers bytea[];
    v_hashes bytea[];
    v_commitments bytea[];
begin
    if length(p_hashes) <> 32 * v_rows or length(p_salts) <> 16 * v_rows
        or length(p_commitments) <> 32 * v_rows then
        raise exception 'a hash, a salt or a commitment has another length' using errcode = '22023';
    end if;
    select array_agg(int8send(d.id) order by d.n),
           array_agg(substr(p_hashes, 32 * d.n::int4 - 31, 32) order by d.n),
           array_agg(substr(p_commitments, 32 * d.n::int4 - 31, 32) order by d.n)
      into v_answers, v_hashes, v_commitments
      from unnest(p_decisions) with ordinality as d(id, n);
    perform origination.hold_day(p_cell, p_business_date);
    if runtime.command_batch(p_cell, p_callers, p_operation, p_keys, v_hashes, v_answers, p_at)
        <> v_rows then
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
             p_business_date, p_at - a.waited * interval '1 microsecond'
        from unnest(p_applications, p_parties, p_decisions, p_products, p_amounts, p_tenors,
                    p_devices, p_waited)
          as a(id, party, decision, product, amount, tenor, device, waited);
    insert into origination.decision
        (cell, id, application, version, outcome, points, band, programs, salt, record, holds)
      select p_cell, d.id, d.application, p_version, d.outcome, d.points, d.band,
             p_programs[d.first:d.last], substr(p_salts, 16 * d.n::int4 - 15, 16), d.record,
             p_holds
        from unnest(p_decisions, p_applications, p_outcomes, p_points, p_bands, p_offers_from,
                    p_offers_to, p_records) with ordinality
          as d(id, application, outcome, points, band, first, last, record, n);
    perform evidence.append_batch(p_cell, p_batch,
        array_fill('decision'::text, array[v_rows]), p_decisions, v_commitments, p_at);
    perform process.open_batch(
        p_cell, p_applications, 'origination', p_process_version, p_steps, p_at);
    perform runtime.outbox_batch(
        p_cell, array[p_batch], array['origination.decided'], array[p_event], p_at);
end $$;

-- Writes a person's decision and lets it take the place of the one in force, whose offers give their
-- quotas back if they still hold any. Races are told as by decide_batch: TQ001, TQ002, TQ003.
create function origination.write_ruling(
    p_cell smallint, p_batch int8, p_version smallint, p_business_date date, p_at timestamptz,
    p_application int8, p_before int8, p_decision int8, p_party int8, p_amount int8,
    p_outcome text, p_points int8, p_band int8, p_programs int8[], p_salt bytea, p_record bytea,
    p_commitment bytea, p_mask int8, p_holds smallint
) returns void language plpgsql as $$
declare
    v_programs int8[];
    v_reserve int8[] := origination.holding(p_programs, p_holds);
    v_day date;
begin
    perform origination.hold_day(p_cell, p_business_date);
    select origination.holding(d.programs, d.holds), coalesce(r.business_date, a.business_date)
      into strict v_programs, v_day
      from origination.application a
      join origination.decision d on d.cell = a.cell and d.id = a.decision
      left join origination.ruling r on r.cell = a.cell and r.id = a.decision
     where a.cell = p_cell and a.id = p_application and a.decision = p_before
       for update of a;
    if cardinality(v_programs) > 0 and not exists (select from origination.expiry e
            where e.cell = p_cell and e.business_date = v_day) then
        perform funding.release_batch(p_cell, v_day, v_programs,
            array_fill(p_amount, array[cardinality(v_programs)]));
    end if;
    if identity.use_consents(p_cell, p_batch, array[p_party], array[p_mask], p_at)
        <> array[p_mask] then
        raise exception 'a consent was withdrawn meanwhile' using errcode = 'TQ002';
    end if;
    if cardinality(v_reserve) > 0 then
        perform funding.reserve_batch(p_cell, p_business_date, v_reserve,
            array_fill(p_amount, array[cardinality(v_reserve)]));
    end if;
    insert into origination.decision
        (cell, id, application, version, outcome, points, band, programs, salt, record, holds)
      values (p_cell, p_decision, p_application, p_version, p_outcome, p_points, p_band,
              p_programs, p_salt, p_record, p_holds);
    update origination.application set decision = p_decision
     where cell = p_cell and id = p_application;
    perform evidence.append_batch(p_cell, p_batch, array['decision'], array[p_decision],
        array[p_commitment], p_at);
end $$;

-- As a process of the release before calls it: every offer of its list holds its amount.
create or replace function origination.write_ruling(
    p_cell smallint, p_batch int8, p_version smallint, p_business_date date, p_at timestamptz,
    p_application int8, p_before int8, p_decision int8, p_party int8, p_amount int8,
    p_outcome text, p_points int8, p_band int8, p_programs int8[], p_salt bytea, p_record bytea,
    p_commitment bytea, p_mask int8
) returns void language sql as $$
    select origination.write_ruling(p_cell, p_batch, p_version, p_business_date, p_at,
        p_application, p_before, p_decision, p_party, p_amount, p_outcome, p_points, p_band,
        p_programs, p_salt, p_record, p_commitment, p_mask, null::smallint)
$$;

-- Lets go what the offers of the day that nobody took hold. The cases that stand at p_from end
-- at p_step; one that waits for a person goes on waiting. Offers a person made are of the day they
-- were made on. Runs once a day and cell; a second run finds the day's row and does nothing.
create or replace function origination.expire_day(
    p_cell smallint, p_business_date date, p_from text, p_step text, p_process_version text,
    p_at timestamptz
) returns int8 language plpgsql as $$
declare
    v_open int8[];
    v_ending int8[];
    v_programs int8[];
    v_amounts int8[];
begin
    perform pg_advisory_xact_lock(710201, p_cell::int4);
    with made as (
        select a.id from origination.application a
         where a.cell = p_cell and a.business_date = p_business_date
           and not exists (select from origination.ruling r
                 where r.cell = a.cell and r.id = a.decision
                   and r.business_date <> p_business_date)
        union
        select r.application from origination.ruling r
          join origination.application a on a.cell = r.cell and a.id = r.application
         where r.cell = p_cell and r.business_date = p_business_date and a.decision = r.id
    )
    select array_agg(a.id order by a.id) into v_open
      from made
      join origination.application a on a.cell = p_cell and a.id = made.id
      join origination.decision d on d.cell = a.cell and d.id = a.decision
     where d.outcome = 'offers'
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
              cross join lateral unnest(origination.holding(d.programs, d.holds)) as o(program)
             group by o.program order by o.program) t;
    perform funding.release_batch(p_cell, p_business_date, v_programs, v_amounts);
    v_ending := process.standing_at(p_cell, v_open, p_from);
    if cardinality(v_ending) > 0 then
        perform process.append_batch(p_cell, v_ending, 'origination', p_process_version,
            array_fill(p_step, array[cardinality(v_ending)]), p_at,
            array_fill('ended'::text, array[cardinality(v_ending)]));
    end if;
    return cardinality(v_open);
end $$;
