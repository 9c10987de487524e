-- Merchants, what they ask a buyer to pay, and what became of it. Time and ids are parameters.

create schema checkout;

-- A short platform-wide list: its terms stand in rules/merchants.toml, frozen on each session.
create table checkout.merchant (
    number int4 primary key check (number between 1 and 9999),
    party int8 not null unique,
    opened_at timestamptz not null
);

-- What a merchant asks to be paid for. It lies in the cell of its own id, for nobody knows yet who
-- will buy; `party` and `application` say who did.
create table checkout.session (
    cell smallint not null,
    id int8 not null,
    merchant int4 not null references checkout.merchant (number),
    reference text not null check (length(reference) between 1 and 64),
    items jsonb not null,
    price_minor int8 not null check (price_minor between 1 and 1000000000),
    terms jsonb not null,
    is_captured_at_once boolean not null,
    opened_at timestamptz not null,
    expires_at timestamptz not null,
    party int8,
    application int8,
    primary key (cell, id),
    unique (cell, merchant, reference)
);

-- The purchase a session became, in the buyer's cell. States: model.MOVES.
create table checkout.purchase (
    cell smallint not null,
    application int8 not null,
    session int8 not null,
    merchant int4 not null,
    party int8 not null,
    price_minor int8 not null check (price_minor > 0),
    terms jsonb not null,
    is_captured_at_once boolean not null,
    state text not null check (state in ('applied', 'authorised', 'captured', 'paid', 'returned',
        'lapsed', 'failed')),
    authorised_on date,
    lender int4,
    loan int8,
    paid_on date,
    subsidy_minor int8 not null default 0 check (subsidy_minor >= 0),
    fee_minor int8 not null default 0 check (fee_minor >= 0),
    returned_minor int8 not null default 0
        check (returned_minor >= 0 and returned_minor <= price_minor),
    asked_back_minor int8 not null default 0
        check (asked_back_minor >= returned_minor and asked_back_minor <= price_minor),
    changed_at timestamptz not null,
    primary key (cell, application),
    unique (cell, session)
) with (fillfactor = 80);
create index purchase_authorised on checkout.purchase (cell, authorised_on)
    where state = 'authorised';

create table checkout.goods_return (
    cell smallint not null,
    id int8 not null,              -- the payment that brings the money back
    application int8 not null,
    merchant int4 not null,
    amount_minor int8 not null check (amount_minor > 0),
    rebate_minor int8 not null check (rebate_minor >= 0),
    is_whole boolean not null,
    value_date date not null,
    state text not null check (state in ('asked', 'paid', 'refused')),
    asked_at timestamptz not null,
    primary key (cell, id),
    foreign key (cell, application) references checkout.purchase (cell, application)
);
create index goods_return_of on checkout.goods_return (cell, application, id);

-- What moved a merchant's money, by payment: what its settlement is made of.
create table checkout.movement (
    cell smallint not null,
    payment int8 not null,
    merchant int4 not null,
    application int8 not null,
    kind text not null check (kind in ('purchase', 'refund', 'charge', 'rebate')),
    day date not null,
    end_to_end_id text not null,
    amount_minor int8 not null,    -- signed as the merchant sees it
    primary key (cell, payment, kind)
);
create index movement_of_day on checkout.movement (merchant, day);

create table checkout.settlement (
    merchant int4 not null,
    day date not null,
    total_minor int8 not null,
    lines int4 not null,
    content bytea not null,
    made_at timestamptz not null,
    primary key (merchant, day)
);
