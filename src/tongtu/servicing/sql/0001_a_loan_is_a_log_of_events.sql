-- A loan: frozen terms, an append-only log of events, and a snapshot for the day's closing.

create schema if not exists servicing;

create table servicing.loan (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    application int8 not null,
    agreement int8 not null,
    lender smallint not null,
    program int8 not null,
    product text not null,
    principal_minor int8 not null check (principal_minor > 0),
    terms text not null,           -- canonical JSON, frozen at signing
    opened_on date not null,
    status text not null check (status in ('live', 'settled')),
    settled_on date,
    seq int4 not null check (seq > 0),
    snapshot bytea not null,       -- a cache of the fold: see rules/snapshot.py
    -- What is posted as accrued and not paid, as of the last day closed before the last event.
    marked_on date not null,
    marked_interest_minor int8 not null,
    marked_fee_minor int8 not null,
    outstanding_minor int8 not null check (outstanding_minor between 0 and principal_minor),
    repaid_minor int8 not null default 0 check (repaid_minor >= 0),
    bucket smallint not null default 0 check (bucket between 0 and 4),
    opened_at timestamptz not null,
    primary key (cell, id),
    unique (cell, agreement),
    check ((status = 'settled') = (settled_on is not null))
) with (fillfactor = 70);
create index loan_of_party on servicing.loan (cell, party, id);
create index loan_live on servicing.loan (cell, id) where status = 'live';
create index loan_of_application on servicing.loan (cell, application);
alter table servicing.loan alter column snapshot set storage external;

create table servicing.loan_event (
    cell smallint not null,
    loan int8 not null,
    seq int4 not null,
    kind text not null check (kind in ('disbursed', 'repaid')),
    value_date date not null,
    business_date date not null,
    amount_minor int8 not null check (amount_minor > 0),
    payment int8 not null,
    parts jsonb not null,          -- which fen went where, when it was entered
    salt bytea not null,
    at timestamptz not null,
    primary key (cell, loan, seq),
    foreign key (cell, loan) references servicing.loan (cell, id)
);
-- A payment is entered once, however often its news arrives.
create unique index loan_event_of_payment on servicing.loan_event (cell, payment);

-- Which control accounts the loans of a cell have ever used: what the invariant is checked on.
create table servicing.control (
    cell smallint not null,
    lender smallint not null,
    product text not null,
    primary key (cell, lender, product)
);

-- One row a day, cell and step, written in the step's commit: a killed day end goes on behind it.
create table servicing.day_end (
    cell smallint not null,
    business_date date not null,
    step text not null check (step in ('closed', 'opened')),
    loans int4 not null,
    accrued_minor int8 not null,
    body text not null,
    salt bytea not null,
    at timestamptz not null,
    primary key (cell, business_date, step)
);

create function servicing.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'TQ022';
end $$;
create trigger loan_event_stays before update or delete on servicing.loan_event
    for each row execute function servicing.refuse_change();
create trigger loan_event_stays_whole before truncate on servicing.loan_event
    for each statement execute function servicing.refuse_change();
create trigger day_end_stays before update or delete on servicing.day_end
    for each row execute function servicing.refuse_change();
create function servicing.guard_loan() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
        or (new.cell, new.id, new.party, new.application, new.agreement, new.lender, new.program,
            new.product, new.principal_minor, new.terms, new.opened_on) is distinct from
           (old.cell, old.id, old.party, old.application, old.agreement, old.lender, old.program,
            old.product, old.principal_minor, old.terms, old.opened_on) then
        raise exception 'the terms of a loan are frozen' using errcode = 'TQ022';
    end if;
    return new;
end $$;
create trigger loan_stays before update or delete on servicing.loan
    for each row execute function servicing.guard_loan();

-- Every writer of a cell's loans shares this lock; the closing of a day takes it alone, so that it
-- sees loans and control balances of one moment. Returns the last day closed, or null.
create function servicing.share_books(p_cell smallint) returns date language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(710301, p_cell::int4);
    return (select max(d.business_date) from servicing.day_end d
        where d.cell = p_cell and d.step = 'closed');
end $$;
create function servicing.hold_books(p_cell smallint) returns date language plpgsql as $$
begin
    perform pg_advisory_xact_lock(710301, p_cell::int4);
    return (select max(d.business_date) from servicing.day_end d
        where d.cell = p_cell and d.step = 'closed');
end $$;
