-- A form as filled in so far, before anybody applies. Each field carries the version it came with,
-- so that two who write at once see what the other wrote. One a person; it ends with its day.

create table origination.form (
    cell int4 not null,
    party int8 not null,
    version int4 not null,
    fields jsonb not null,
    kept_until date not null,
    primary key (cell, party)
);
