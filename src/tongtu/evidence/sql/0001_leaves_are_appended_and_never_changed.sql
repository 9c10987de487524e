-- The transparency log. A batch row is written in the commit it proves; the sequencer later gives
-- its commitments positions in one tree. Rows are only ever inserted, but for the cursor.

CREATE SCHEMA IF NOT EXISTS evidence;

-- Commitments in order, with what each one proves. `xid` tells when the batch is safe to order:
-- below the snapshot's xmin nothing can be added any more.
CREATE TABLE evidence.batch (
    cell smallint NOT NULL,
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kinds text[] NOT NULL,
    subjects bigint[] NOT NULL,
    hashes bytea[] NOT NULL,
    PRIMARY KEY (cell, id),
    CONSTRAINT columns_are_equally_long CHECK (
        cardinality(kinds) = cardinality(subjects) AND cardinality(kinds) = cardinality(hashes)
    )
);
-- Hashes do not compress; trying costs more than the row.
ALTER TABLE evidence.batch ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE INDEX batch_in_order ON evidence.batch (xid, cell, id);

-- One tree for all cells, so no cell here: one sequencer writes it, from the front only.
CREATE TABLE evidence.leaf (
    position bigint PRIMARY KEY,
    subject bigint NOT NULL,
    kind text NOT NULL,
    commitment bytea NOT NULL,
    CONSTRAINT commitment_is_a_sha256 CHECK (octet_length(commitment) = 32)
);
CREATE INDEX leaf_by_subject ON evidence.leaf (subject, kind, position);

-- Roots of complete subtrees of 2^level leaves, level 8 and up: what lies below is recomputed
-- from at most 255 leaves. Node `place` of a level covers leaves from place * 2^level.
CREATE TABLE evidence.node (
    level smallint NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, place)
);

CREATE TABLE evidence.checkpoint (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    at timestamptz NOT NULL,
    note text NOT NULL
);

-- The last batch that has positions, and the size of the tree with it. One row.
CREATE TABLE evidence.cursor (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    xid xid8 NOT NULL DEFAULT '0',
    cell smallint NOT NULL DEFAULT 0,
    id bigint NOT NULL DEFAULT 0,
    size bigint NOT NULL DEFAULT 0
);
INSERT INTO evidence.cursor DEFAULT VALUES;

-- Writes one batch of commitments in the caller's commit. A hash is a 32-byte commitment.
CREATE FUNCTION evidence.append_batch(
    p_cell smallint, p_id bigint, p_kinds text[], p_subjects bigint[], p_hashes bytea[],
    p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evidence.batch (cell, id, at, kinds, subjects, hashes)
    SELECT p_cell, p_id, p_at, p_kinds, p_subjects, p_hashes
    WHERE cardinality(p_hashes) > 0;
END
$$;

-- Gives the next batches positions, in the order (xid, cell, id), up to `p_leaves` leaves but at
-- least one batch; returns the new leaves. Only the holder of the sequencer's lock calls it.
-- The settings pin index probes, whatever the statistics said when the plan was made.
CREATE FUNCTION evidence.sequence(p_leaves integer)
RETURNS TABLE (leaf_position bigint, leaf_commitment bytea) LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    here evidence.cursor;
    there record;
BEGIN
    SELECT * INTO STRICT here FROM evidence.cursor FOR UPDATE;

    SELECT array_agg(b.cell ORDER BY b.turn) AS cells, array_agg(b.id ORDER BY b.turn) AS ids,
        array_agg(b.before ORDER BY b.turn) AS befores, sum(b.leaves)::bigint AS leaves,
        (array_agg(b.xid ORDER BY b.turn DESC))[1] AS xid
    INTO there
    FROM (
        SELECT q.cell, q.id, q.xid, q.leaves, row_number() OVER w AS turn,
            (sum(q.leaves) OVER w - q.leaves)::bigint AS before
        FROM (
            SELECT cell, id, xid, cardinality(hashes) AS leaves FROM evidence.batch
            WHERE (xid, cell, id) > (here.xid, here.cell, here.id)
                AND xid < pg_snapshot_xmin(pg_current_snapshot())
            ORDER BY xid, cell, id LIMIT p_leaves
        ) q
        WINDOW w AS (ORDER BY q.xid, q.cell, q.id)
    ) b
    WHERE b.before + b.leaves <= p_leaves OR b.turn = 1;

    IF there.leaves IS NULL THEN
        RETURN;
    END IF;

    UPDATE evidence.cursor SET xid = there.xid, cell = there.cells[cardinality(there.cells)],
        id = there.ids[cardinality(there.ids)], size = here.size + there.leaves;

    RETURN QUERY
    INSERT INTO evidence.leaf (position, subject, kind, commitment)
    SELECT here.size + t.before + l.n - 1, l.subject, l.kind, l.hash
    FROM unnest(there.cells, there.ids, there.befores) AS t (cell, id, before)
    JOIN evidence.batch b ON b.cell = t.cell AND b.id = t.id
    CROSS JOIN LATERAL unnest(b.kinds, b.subjects, b.hashes)
        WITH ORDINALITY AS l (kind, subject, hash, n)
    RETURNING position, commitment;
END
$$;
