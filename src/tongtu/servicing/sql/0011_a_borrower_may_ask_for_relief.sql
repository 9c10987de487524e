-- A borrower in hardship asks for relief; people decide, and what they grant is a change of the loan.

create table servicing.relief_request (
    cell smallint not null,
    id int8 not null,
    loan int8 not null,
    rest_instalments smallint not null check (rest_instalments between 1 and 6),
    reason text not null
        check (reason in ('illness', 'job_lost', 'income_fell', 'disaster', 'other')),
    state text not null default 'asked' check (state in ('asked', 'granted', 'refused')),
    asked_at timestamptz not null,
    decided_by int8,
    decided_at timestamptz,
    primary key (cell, id),
    foreign key (cell, loan) references servicing.loan (cell, id),
    check ((state = 'asked') = (decided_at is null) and (state = 'asked') = (decided_by is null))
);
-- One open wish a loan.
create unique index relief_asked on servicing.relief_request (cell, loan) where state = 'asked';
