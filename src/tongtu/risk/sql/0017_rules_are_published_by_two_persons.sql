-- Changed rules: saved once their golden cases hold, tried in shadow, held against stored decisions,
-- then published by two persons. What is not changed comes from the release.
create table risk.rule_set (
    hash text primary key check (hash ~ '^[0-9a-f]{64}$'),
    files jsonb not null,      -- name to text, of the changed files only
    status text not null default 'draft'
        check (status in ('draft', 'shadow', 'published', 'retired')),
    why text not null check (length(why) between 3 and 200),
    saved_by int8 not null,
    saved_at timestamptz not null,
    swap jsonb,                -- who would be answered otherwise, of stored decisions
    shadow jsonb,              -- the same of decisions made while it was in shadow
    approval int8,
    published_at timestamptz,
    check (status <> 'published' or (approval is not null and swap is not null))
);
create unique index one_rule_set_is_published on risk.rule_set (status)
    where status = 'published';
create unique index one_rule_set_is_shadow on risk.rule_set (status) where status = 'shadow';
