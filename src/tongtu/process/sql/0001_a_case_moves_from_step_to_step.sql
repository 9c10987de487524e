-- Cases and the steps they took. Which step may follow which is known above; here a case has one
-- gapless sequence of steps, and its present step is the last of them.

CREATE SCHEMA IF NOT EXISTS process;

CREATE TABLE process.instance (
    cell smallint NOT NULL,
    id bigint NOT NULL,
    seq integer NOT NULL,
    definition text NOT NULL,
    version text NOT NULL,
    step text NOT NULL,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (cell, id),
    CONSTRAINT state_is_known CHECK (state IN ('active', 'waiting', 'ended'))
) WITH (fillfactor = 70);

CREATE TABLE process.event (
    cell smallint NOT NULL,
    instance bigint NOT NULL,
    seq integer NOT NULL,
    step text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (cell, instance, seq)
);

-- Moves cases of one cell to their next steps, in the order given; opens those that are new.
-- A case may stand several times in the batch. `p_states` is null for 'active' throughout.
-- The settings keep a batch of hundreds from being joined pair by pair.
CREATE FUNCTION process.append_batch(
    p_cell smallint, p_instances bigint[], p_definition text, p_version text, p_steps text[],
    p_at timestamptz, p_states text[] DEFAULT NULL
) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_nestloop = off
AS $$
BEGIN
    WITH asked AS (
        SELECT a.instance, a.step, coalesce(a.state, 'active') AS state,
            row_number() OVER (PARTITION BY a.instance ORDER BY a.n)::integer AS rank,
            count(*) OVER (PARTITION BY a.instance)::integer AS steps
        FROM unnest(p_instances, p_steps, p_states) WITH ORDINALITY AS a (instance, step, state, n)
    ), moved AS (
        INSERT INTO process.instance AS i
            (cell, id, seq, definition, version, step, state, opened_at, changed_at)
        SELECT p_cell, a.instance, a.steps, p_definition, p_version, a.step, a.state, p_at, p_at
        FROM asked a WHERE a.rank = a.steps ORDER BY a.instance
        ON CONFLICT (cell, id) DO UPDATE SET seq = i.seq + excluded.seq, step = excluded.step,
            state = excluded.state, changed_at = excluded.changed_at
        RETURNING i.id, i.seq
    )
    INSERT INTO process.event (cell, instance, seq, step, at)
    SELECT p_cell, a.instance, m.seq - a.steps + a.rank, a.step, p_at
    FROM asked a JOIN moved m ON m.id = a.instance;
END
$$;
