-- A merchant that paid twice for goods is paid what is owed to it: lender -> merchant, once a break.

alter table payments.instruction drop constraint instruction_kind_check;
alter table payments.instruction add constraint instruction_kind_check check (kind in
    ('payout', 'collection', 'merchant_refund', 'merchant_charge', 'refund', 'merchant_payback'));
alter table payments.instruction drop constraint a_merchants_payment_names_its_account;
alter table payments.instruction add constraint a_merchants_payment_names_its_account check
    (kind not in ('merchant_refund', 'merchant_charge', 'merchant_payback') or account is not null);

-- Which break a payment pays back. One that the bank refused, or gave back, lets another follow.
create table payments.payback (
    cell smallint not null,
    payment int8 not null,
    break int8 not null,
    at timestamptz not null,
    primary key (cell, payment)
);
create index payback_of_break on payments.payback (cell, break);
