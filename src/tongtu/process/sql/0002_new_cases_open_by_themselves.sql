-- Opens cases that are new, each once, at their first step: no window, no join, no look at what stands.
-- A case that is there already is an error of the caller's, and fails on the primary key.
CREATE FUNCTION process.open_batch(
    p_cell smallint, p_instances bigint[], p_definition text, p_version text, p_steps text[],
    p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO process.instance
        (cell, id, seq, definition, version, step, state, opened_at, changed_at)
    SELECT p_cell, a.id, 1, p_definition, p_version, a.step, 'active', p_at, p_at
    FROM unnest(p_instances, p_steps) AS a (id, step);
    INSERT INTO process.event (cell, instance, seq, step, at)
    SELECT p_cell, a.id, 1, a.step, p_at FROM unnest(p_instances, p_steps) AS a (id, step);
END
$$;
