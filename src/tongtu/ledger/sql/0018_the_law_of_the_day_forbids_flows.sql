-- What the law of the day forbids beside what this house does: the pack that says so, NULL for the
-- house's own rows, which no law takes away.
ALTER TABLE ledger.forbidden_flow ADD COLUMN law text;
