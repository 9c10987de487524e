-- How the anchor outside stands to the log: the newest checkpoint it holds, and whether that is one
-- of ours. One row a place; one log for all cells, so no cell here.

CREATE TABLE evidence.anchor (
    place text PRIMARY KEY,
    state text NOT NULL,
    size bigint NOT NULL,
    at timestamptz NOT NULL,
    reason text NOT NULL,
    CONSTRAINT anchor_state_is_known CHECK (
        state IN ('holds', 'silent', 'ahead', 'contradicts')
    )
);
