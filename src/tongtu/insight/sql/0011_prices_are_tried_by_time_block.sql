-- Whole price grids tried by time block, as one person proposed and another approved them. Platform-wide:
-- in a block everybody of a band has one grid, in whichever cell they are.
create schema if not exists insight;

create table insight.price_experiment (
    id int8 primary key,
    plan jsonb not null,                                 -- what was proposed; the approval holds its hash, with the grids'
    published_sha256 bytea not null check (length(published_sha256) = 32),
    grids text[] not null check (cardinality(grids) between 1 and 7),  -- a whole grid each, but the published
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    proposed_by int8 not null,
    proposed_at timestamptz not null,
    approval int8 unique,
    approved_at timestamptz,
    stopped_at timestamptz,
    stopped_by int8,                                     -- null: its own stop rule
    stopped_why text check (length(stopped_why) between 3 and 200),
    check (ends_at > starts_at),
    check ((approval is null) = (approved_at is null)),
    check ((stopped_at is null) = (stopped_why is null)),
    check (stopped_at is null or approved_at is not null),
    -- Two experiments at once would be two grids for one person.
    constraint one_experiment_at_a_time exclude using gist (
        tstzrange(starts_at, greatest(starts_at, coalesce(stopped_at, ends_at))) with &&
    ) where (approval is not null)
);
create index price_experiment_newest on insight.price_experiment (proposed_at desc);

-- With which chances the arms are drawn, from which block on; the first stands in the plan.
create table insight.price_turn (
    experiment int8 not null references insight.price_experiment,
    first_block int8 not null,
    weights_ppm int4[] not null,
    cases int8 not null check (cases >= 0),              -- that told them
    at timestamptz not null,
    primary key (experiment, first_block)
);
