-- The first call of the decision lane without the applications of before, which memory counts
-- (risk.signal_batch): nothing is looked up for them. The function of before stays for a release.

-- One row of facts for a whole batch. people = rows of place in the batch (from 1), identified (0, 1),
-- 18th birthday as days since the year 1 (0 unknown), consent bits; a party that is not there has no
-- row. exposures = rows of party and fen, of those who have one. A stored command answers with the
-- record of its decision.
-- The settings pin index probes: a plan made while tables were empty would read them whole later.
create function origination.prefetch_batch(
    p_cell smallint, p_parties int8[], p_callers int8[], p_operation text, p_keys text[], p_day date
) returns table (
    people int8[], exposures int8[], programs int8[], remaining_minor int8[],
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
    select array_agg(q.program), array_agg(q.remaining_minor) into programs, remaining_minor
      from funding.quotas(p_cell, p_day) q;
    select array_agg(c.n), array_agg(c.body_hash), array_agg(d.version), array_agg(d.record)
      into stored, stored_hashes, stored_versions, stored_records
      from runtime.command_find(p_cell, p_callers, p_operation, p_keys) c
      join origination.decision d
        on d.cell = p_cell and d.id = ('x' || encode(c.answer, 'hex'))::bit(64)::int8;
    return next;
end $$;
