-- A joint loan (联合贷): whose parts it consists of, and the running totals its split is reckoned from.

create table servicing.joint (
    cell smallint not null,
    loan int8 not null,
    guarantor smallint not null,
    compensate_after_days int4 not null check (compensate_after_days > 0),
    service_fee_ppm int4 not null,
    repaid_minor int8 not null default 0,           -- principal, of the borrower's payments so far
    interest_paid_minor int8 not null default 0,
    fee_paid_minor int8 not null default 0,
    -- Set once, when the guarantor paid the funders and took the loan over: the totals of that moment.
    taken_on date,
    taken_repaid_minor int8,
    taken_interest_minor int8,
    primary key (cell, loan),
    foreign key (cell, loan) references servicing.loan (cell, id),
    check ((taken_on is null) = (taken_repaid_minor is null)
        and (taken_on is null) = (taken_interest_minor is null))
) with (fillfactor = 70);
create index joint_not_taken on servicing.joint (cell, loan) where taken_on is null;

create table servicing.share (
    cell smallint not null,
    loan int8 not null,
    place smallint not null check (place between 1 and 8),
    lender smallint not null,
    principal_minor int8 not null check (principal_minor > 0),
    rate_bps int4 not null check (rate_bps >= 0),
    primary key (cell, loan, place),
    unique (cell, lender, loan),
    foreign key (cell, loan) references servicing.joint (cell, loan)
);
create trigger share_stays before update or delete on servicing.share
    for each row execute function servicing.refuse_change();

-- What the guarantor paid each funder when it took a loan over (代偿).
create table servicing.compensation (
    cell smallint not null,
    loan int8 not null,
    lender smallint not null,
    guarantor smallint not null,
    id int8 not null,                   -- one for all funders of the loan
    business_date date not null,
    principal_minor int8 not null check (principal_minor >= 0),
    interest_minor int8 not null check (interest_minor >= 0),
    salt bytea not null,
    at timestamptz not null,
    primary key (cell, loan, lender),
    foreign key (cell, loan) references servicing.joint (cell, loan)
);
create trigger compensation_stays before update or delete on servicing.compensation
    for each row execute function servicing.refuse_change();
