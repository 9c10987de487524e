-- A borrower's standing permission to collect what is due, and what it is used for.

create table payments.mandate (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    lender smallint not null,
    subject int8 not null,         -- the application whose agreement it was signed with
    limit_minor int8 not null check (limit_minor between 1 and 1000000000),  -- of one debit
    signed_at timestamptz not null,
    revoked_at timestamptz,
    primary key (cell, id),
    unique (cell, subject)
);
create index mandate_of_party on payments.mandate (cell, party);

-- One instalment to be collected; tried a few times, in the hours the pack allows.
create table payments.debit (
    cell smallint not null,
    mandate int8 not null,
    nr smallint not null,
    loan int8 not null,
    due_date date not null,
    state text not null check (state in ('planned', 'asked', 'paid', 'given_up', 'cancelled')),
    attempts smallint not null default 0,
    next_at timestamptz not null,
    instruction int8,              -- the try that is under way, or the last one
    changed_at timestamptz not null,
    primary key (cell, mandate, nr),
    foreign key (cell, mandate) references payments.mandate (cell, id)
);
create index debit_due on payments.debit (next_at) where state = 'planned';
create index debit_of_instruction on payments.debit (cell, instruction)
    where instruction is not null;
