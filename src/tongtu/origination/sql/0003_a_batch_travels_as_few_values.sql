-- Both calls of the decision lane as before, with less to carry: what has one length travels as one
-- value, and no row is searched for in a list.

drop function origination.prefetch_batch(
    smallint, int8[], int8[], text, text[], int8[], timestamptz, int4, date);
drop function origination.decide_batch(
    smallint, int8, text, smallint, date, timestamptz, int8[], text[], bytea[], int8[], int8[],
    int8[], text[], int8[], int8[], int8[], timestamptz[], text[], text[], int8[], int8[], int8[],
    int8[], int8[], bytea[], bytea[], bytea[], int8[], int8[], int8[], text, bytea);

-- One row of facts for a whole batch. people = rows of place in the batch (from 1), identified (0, 1),
-- 18th birthday as days since the year 1 (0 unknown), consent bits; a party that is not there has no
-- row. exposures = rows of party and fen, of those who have one. The applications since then, of the
-- party and of the device, in order (at most p_count_max, which is all a rule needs to know). A stored
-- command answers with the record of its decision.
-- The settings pin index probes: a plan made while tables were empty would read them whole later.
create function origination.prefetch_batch(
    p_cell smallint, p_parties int8[], p_callers int8[], p_operation text, p_keys text[],
    p_devices int8[], p_since timestamptz, p_count_max int4, p_day date
) returns table (
    people int8[], exposures int8[], party_recent int8[], device_recent int8[],
    programs int8[], remaining_minor int8[],
    stored int4[], stored_hashes bytea[], stored_versions int2[], stored_records bytea[]
) language plpgsql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
    set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
    select array_agg(array[
            p.n, p.is_identified::int4::int8,
            coalesce((p.adult_on - date '0001-01-01' + 1)::int8, 0), p.consent_mask])
      into people
      from identity.find_parties(p_cell, p_parties) p;
    select array_agg(array[e.party, e.used_minor]) into exposures
      from origination.exposure e
     where e.cell = p_cell and e.party = any (p_parties);
    select array_agg((select count(*) from (select from origination.application a
                where a.cell = p_cell and a.party = r.party and a.submitted_at > p_since
                order by a.submitted_at desc limit p_count_max) recent) order by r.n),
           array_agg((select count(*) from (select from origination.application a
                where a.cell = p_cell and a.device_hash = r.device and a.submitted_at > p_since
                order by a.submitted_at desc limit p_count_max) recent) order by r.n)
      into party_recent, device_recent
      from unnest(p_parties, p_devices) with ordinality as r(party, device, n);
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
-- answer itself stands in the record, once. Hashes, salts (16 bytes) and commitments stand one after
-- the other in one value each; p_waited are microseconds from an application's arrival to p_at.
create function origination.decide_batch(
    p_cell smallint, p_batch int8, p_operation text, p_version smallint, p_business_date date,
    p_at timestamptz,
    p_callers int8[], p_keys text[], p_hashes bytea,
    p_applications int8[], p_decisions int8[], p_parties int8[], p_products text[],
    p_amounts int8[], p_tenors int8[], p_devices int8[], p_waited int8[],
    p_outcomes text[], p_steps text[], p_points int8[], p_bands int8[],
    p_offers_from int8[], p_offers_to int8[], p_programs int8[],
    p_salts bytea, p_records bytea[], p_commitments bytea, p_masks int8[],
    p_reserve_programs int8[], p_reserve_amounts int8[], p_process_version text, p_event bytea
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
        (cell, id, application, version, outcome, points, band, programs, salt, record)
      select p_cell, d.id, d.application, p_version, d.outcome, d.points, d.band,
             p_programs[d.first:d.last], substr(p_salts, 16 * d.n::int4 - 15, 16), d.record
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
