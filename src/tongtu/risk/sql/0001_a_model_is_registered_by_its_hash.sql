-- Which models exist, where they are from, and which one decides. The table itself is a file.

create schema if not exists risk;

create table risk.model (
    hash text primary key check (hash ~ '^[0-9a-f]{64}$'),
    manifest jsonb not null,
    registered_at timestamptz not null,
    activated_at timestamptz,
    is_active bool not null default false check (not is_active or activated_at is not null)
);
-- One champion at a time, whatever two operators do at once.
create unique index one_model_is_active on risk.model (is_active) where is_active;
