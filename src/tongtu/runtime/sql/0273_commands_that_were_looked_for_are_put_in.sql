-- Puts in commands that their caller has just looked for and not found: no row asks again whether its
-- key is there, which is half the price of a row. One that was stored meanwhile is told by the primary
-- key itself (unique_violation of command_pkey), and nothing is written. In key order, as command_batch.
create function runtime.command_insert(
    p_cell smallint, p_callers int8[], p_operation text, p_keys text[], p_hashes bytea[],
    p_answers bytea[], p_at timestamptz
) returns void
language plpgsql as $$
begin
    insert into runtime.command (cell, caller, operation, key, body_hash, answer, at)
    select p_cell, r.caller, p_operation, r.key, r.body_hash, r.answer, p_at
    from unnest(p_callers, p_keys, p_hashes, p_answers)
        with ordinality as r (caller, key, body_hash, answer, n)
    order by r.caller, r.key, r.n;
end $$;
