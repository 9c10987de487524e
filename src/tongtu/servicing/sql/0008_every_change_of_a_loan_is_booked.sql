-- Every change of a loan is an event; what a lender gives up leaves the controls.

alter table servicing.loan_event drop constraint loan_event_kind_check;
alter table servicing.loan_event add constraint loan_event_kind_check check (kind in
    ('disbursed', 'repaid', 'charged', 'charge_waived', 'undone', 'balance_refunded',
     'charged_back', 'cash_refunded', 'recovered', 'rescheduled', 're_aged', 're_amortized',
     'interest_paused', 'charged_off', 'written_off', 'merchant_refunded'));
alter table servicing.loan_event drop constraint loan_event_money_names_its_payment;
alter table servicing.loan_event add constraint loan_event_money_names_its_payment
    check (payment is not null or kind not in ('disbursed', 'repaid', 'balance_refunded',
        'charged_back', 'cash_refunded', 'recovered', 'merchant_refunded'));

alter table servicing.loan drop constraint loan_status_check;
alter table servicing.loan add constraint loan_status_check
    check (status in ('live', 'settled', 'charged_off', 'written_off'));
-- What is owed of a loan outside the controls: the sum of them is the ledger's charged-off and
-- written-off balance.
alter table servicing.loan add column off_minor int8 not null default 0 check (off_minor >= 0);
-- Was always 0: how late a loan is stands in servicing.delinquency.
alter table servicing.loan drop column bucket;
