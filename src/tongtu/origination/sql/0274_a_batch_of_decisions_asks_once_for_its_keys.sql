-- A batch of decisions has looked for its keys in its first call: the commit puts them in and lets the
-- primary key tell of one that came between.

-- Writes a whole batch or nothing. A race is told by its SQLSTATE, and the lane looks again:
-- TQ001 a quota is short, TQ002 a consent was withdrawn, TQ003 the day is closed; a command that was
-- stored meanwhile by unique_violation of command_pkey. The stored answer of a command is its
-- decision's id: the answer itself stands in the record, once. Hashes, salts (16 bytes) and
-- commitments stand one after the other in one value each; p_waited are microseconds from an
-- application's arrival to p_at.
-- What is reserved are the first p_holds offers of each list.
create or replace function origination.decide_batch(
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
    perform runtime.command_insert(
        p_cell, p_callers, p_operation, p_keys, v_hashes, v_answers, p_at);
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
