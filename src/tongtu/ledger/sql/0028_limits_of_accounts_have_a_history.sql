-- Who set which limits of an account, when and why. Rows are only ever inserted.

CREATE TABLE ledger.account_limit (
    cell smallint NOT NULL,
    id bigint NOT NULL,
    account bigint NOT NULL,
    floor_minor bigint, -- NULL lifts it
    ceiling_minor bigint,
    why text NOT NULL CHECK (length(why) BETWEEN 3 AND 200),
    proposed_by bigint NOT NULL,
    allowed_by bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (cell, id),
    CHECK (proposed_by <> allowed_by)
);
CREATE INDEX account_limit_of_account ON ledger.account_limit (cell, account, id);
