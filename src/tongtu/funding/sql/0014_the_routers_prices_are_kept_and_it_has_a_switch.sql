-- What the router's prices were, from when on, and of what they were made: the newest row is in force
-- wherever a process starts again. Platform-wide: prices are those of all cells together.
create table funding.shadow_price (
    solved_at timestamptz primary key,
    business_date date not null,
    cases int4 not null check (cases >= 0),              -- decisions that told them
    ahead int8 not null check (ahead >= 1),              -- cases expected for the rest of the day
    guard_ppm int4 not null check (guard_ppm >= 0),
    programs int8[] not null,
    tolls_ppm int8[] not null,                           -- fen of worth for a million fen lent
    check (cardinality(programs) = cardinality(tolls_ppm))
);

-- Whoever stopped the router, or let it go on, and why. No row: it is on.
create table funding.router_switch (
    id int8 generated always as identity primary key,
    is_off bool not null,
    by_subject int8 not null,
    approval int8,                                       -- of a resumption, which two persons do
    why text not null check (length(why) between 3 and 200),
    at timestamptz not null,
    check (is_off = (approval is null))
);
