-- A checkpoint that enough witnesses co-signed, with their lines in its note; and how each of them
-- stands. One log for all cells, so no cell here. `final` rows are inserted once and then only
-- gain the lines of witnesses that answered later.

CREATE TABLE evidence.final (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    at timestamptz NOT NULL,
    note text NOT NULL,
    witnesses text[] NOT NULL,
    CONSTRAINT somebody_signed CHECK (cardinality(witnesses) > 0)
);

CREATE TABLE evidence.witness (
    key text PRIMARY KEY,
    state text NOT NULL,
    size bigint NOT NULL,
    at timestamptz NOT NULL,
    reason text NOT NULL,
    CONSTRAINT state_is_known CHECK (
        state IN ('co_signs', 'silent', 'ahead', 'refuses', 'says_fork')
    )
);
