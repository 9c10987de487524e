-- By which of its keys a house in process signs papers: the first, unless two persons renewed it
-- (after its certificate was revoked). A key that was renewed never comes back.

create table funding.paper_key (
    house text not null check (length(house) between 1 and 40),
    generation smallint not null check (generation between 2 and 1000),
    approval int8 not null,
    at timestamptz not null,
    primary key (house, generation)
);
