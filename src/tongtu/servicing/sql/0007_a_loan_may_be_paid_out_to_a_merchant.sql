-- A loan for goods is paid out to the merchant, and what comes back of them is an event of it.

alter table servicing.loan add column merchant int4 not null default 0 check (merchant >= 0);
alter table servicing.loan_event drop constraint loan_event_kind_check;
alter table servicing.loan_event add constraint loan_event_kind_check check (kind in
    ('disbursed', 'repaid', 'charged', 'charge_waived', 'undone', 'balance_refunded',
     'merchant_refunded'));
alter table servicing.loan_event drop constraint loan_event_money_names_its_payment;
alter table servicing.loan_event add constraint loan_event_money_names_its_payment
    check (payment is not null
           or kind not in ('disbursed', 'repaid', 'balance_refunded', 'merchant_refunded'));
