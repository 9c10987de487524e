-- A borrower withdrew from a signed agreement: when, under which law, and what it came to. Once,
-- and never changed; that the money came back stands on the loan.

create table contracts.withdrawal (
    cell smallint not null,
    agreement int8 not null,
    party int8 not null,
    loan int8 not null,
    pack_hash text not null,
    business_date date not null,
    repay_by date not null check (repay_by >= business_date),
    body text not null,        -- canonical JSON: what the borrower was shown before
    salt bytea not null,
    at timestamptz not null,
    primary key (cell, agreement)
);
create trigger withdrawal_stays before update or delete on contracts.withdrawal
    for each row execute function contracts.refuse_change();
