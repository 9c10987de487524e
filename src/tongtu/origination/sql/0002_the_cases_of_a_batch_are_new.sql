-- decide_batch as before, but for its cases: they are new, so they open without a look at others.

-- Writes a whole batch or nothing. A race is told by its SQLSTATE, and the lane looks again:
-- TQ001 a quota is short, TQ002 a consent was withdrawn, TQ003 the day is closed, TQ004 a command
-- of this batch was stored meanwhile. The stored answer of a command is its decision's id: the
-- answer itself stands in the record, once.
create or replace function origination.decide_batch(
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
    perform process.open_batch(
        p_cell, p_applications, 'origination', p_process_version, p_steps, p_at);
    perform runtime.outbox_batch(
        p_cell, array[p_batch], array['origination.decided'], array[p_event], p_at);
end $$;
