-- Joint loans (联合贷): a promise of each funder beside the lead lender's, guarantors, and what of each
-- payment is whose (分账). Amounts are fen. Rows are written once.

-- Platform-wide reference rows, written from the book. A number is a lender's or a guarantor's.
create table funding.guarantor (
    number smallint primary key check (number between 1 and 40),
    id text not null unique,
    name_zh text not null,
    name_en text not null,
    listed_from date not null,
    listed_to date not null check (listed_to >= listed_from)
);

create table funding.joint (
    cell smallint not null,
    commitment int8 not null,
    guarantor smallint not null references funding.guarantor,
    compensate_after_days int4 not null check (compensate_after_days > 0),
    service_fee_ppm int4 not null check (service_fee_ppm between 0 and 1000000),
    primary key (cell, commitment),
    foreign key (cell, commitment) references funding.commitment (cell, id)
);

create table funding.share (
    cell smallint not null,
    commitment int8 not null,
    place smallint not null check (place between 1 and 8),
    lender smallint not null references funding.lender,
    principal_minor int8 not null check (principal_minor > 0),
    rate_bps int4 not null check (rate_bps >= 0),
    policy_hash text not null,          -- the version of this funder's own policy that said yes
    decided_at timestamptz not null,
    primary key (cell, commitment, place),
    unique (cell, commitment, lender),
    foreign key (cell, commitment) references funding.joint (cell, commitment)
);

-- What the custodian is told to pay on to each of one borrower's payment, in the commit that books it.
-- Negative: what an earlier payment brought is taken back by a correction.
create table funding.split_instruction (
    cell smallint not null,
    payment int8 not null,
    payee smallint not null,            -- a funder, or the guarantor
    loan int8 not null,
    business_date date not null,
    principal_minor int8 not null,
    interest_minor int8 not null,
    fee_minor int8 not null,
    amount_minor int8 not null check (amount_minor = principal_minor + interest_minor + fee_minor),
    service_fee_minor int8 not null,    -- what the payee pays the platform of it
    at timestamptz not null,
    primary key (cell, payment, payee)
);
create index split_instruction_of_loan on funding.split_instruction (cell, loan, payment);
