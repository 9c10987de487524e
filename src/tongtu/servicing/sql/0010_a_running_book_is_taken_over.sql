-- Loans that ran elsewhere before: a batch, and for each loan what its source said of it.

alter table servicing.loan_event drop constraint loan_event_kind_check;
alter table servicing.loan_event add constraint loan_event_kind_check check (kind in
    ('disbursed', 'repaid', 'charged', 'charge_waived', 'undone', 'balance_refunded',
     'charged_back', 'cash_refunded', 'recovered', 'rescheduled', 're_aged', 're_amortized',
     'interest_paused', 'charged_off', 'written_off', 'merchant_refunded', 'imported',
     'import_undone'));

create table servicing.import_batch (
    id text primary key check (length(id) between 1 and 64),
    cut_over date not null,
    file_sha256 bytea not null check (octet_length(file_sha256) = 32),
    made_by int8 not null,
    made_at timestamptz not null,
    undone_by int8,
    undone_at timestamptz
);

create table servicing.imported (
    cell smallint not null,
    loan int8 not null,
    batch text not null references servicing.import_batch (id),
    lender smallint not null,
    external text not null check (length(external) between 1 and 64),
    party int8 not null,
    row_sha256 bytea not null check (octet_length(row_sha256) = 32),
    source jsonb not null,         -- the terms and figures of the file's row
    is_undone boolean not null default false,
    primary key (cell, loan)
);
-- One live loan a number of its lender's; undone, it may be taken over again.
create unique index imported_once on servicing.imported (lender, external) where not is_undone;
create index imported_of_batch on servicing.imported (batch);

-- Whose a source's borrower is: by a keyed hash of the source's own reference.
create table servicing.imported_borrower (
    lender smallint not null,
    blind bytea not null check (octet_length(blind) = 32),
    party int8 not null,
    primary key (lender, blind)
);
