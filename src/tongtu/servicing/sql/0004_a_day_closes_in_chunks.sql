-- A day closes chunk by chunk, beside payments: what is changed meanwhile is found by its commit.

-- The commit order of events: what lies at or above a snapshot's horizon may be news to it.
alter table servicing.loan_event add column xid xid8 not null default pg_current_xact_id();
create index loan_event_of_commit on servicing.loan_event (cell, xid);

alter table servicing.day_end drop constraint day_end_step_check,
    add constraint day_end_step_check check (step in ('begun', 'closed', 'opened'));

-- What one chunk of a day came to. Nothing is posted before the whole day is: a chunk may be made
-- again. Rows of the last two days are kept.
create table servicing.day_chunk (
    cell smallint not null,
    business_date date not null,
    nr int4 not null check (nr >= 0),
    above int8 not null,           -- loans with above < id <= through
    through int8 not null check (through > above),
    loans int4 not null check (loans >= 0),
    horizon int8 not null,         -- events of transactions below it are in
    token bytea not null,          -- names the segment file that was written with it
    part_sha256 bytea not null,    -- of the evidence file
    body text not null,            -- sums per lender and product, canonical JSON
    at timestamptz not null,
    primary key (cell, business_date, nr)
);

-- How a loan stands in the eyes of the law at the last close; a loan without a row is on time,
-- of the best class and in stage 1.
create table servicing.delinquency (
    cell smallint not null,
    loan int8 not null,
    bucket smallint not null check (bucket between 0 and 15),
    grade smallint not null check (grade between 0 and 4),
    stage smallint not null check (stage between 1 and 3),
    clean_since date,              -- on time again since, while a worse class is still held
    changed_on date not null,
    primary key (cell, loan),
    foreign key (cell, loan) references servicing.loan (cell, id)
) with (fillfactor = 70);

-- Days that do not count as overdue: a relief the lender granted. Rows never change.
create table servicing.delinquency_pause (
    cell smallint not null,
    id int8 not null,
    loan int8 not null,
    first_on date not null,
    last_on date not null check (last_on >= first_on),
    reason text not null check (length(reason) between 1 and 200),
    entered_by int8 not null,
    at timestamptz not null,
    primary key (cell, id),
    foreign key (cell, loan) references servicing.loan (cell, id)
);
create index delinquency_pause_of_loan on servicing.delinquency_pause (cell, loan);
create trigger delinquency_pause_stays before update or delete on servicing.delinquency_pause
    for each row execute function servicing.refuse_change();
