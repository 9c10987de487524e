-- Beside money that moves there are charges, waivers, undos and refunds of a credit balance.

alter table servicing.loan_event drop constraint loan_event_kind_check;
alter table servicing.loan_event add constraint loan_event_kind_check check (kind in
    ('disbursed', 'repaid', 'charged', 'charge_waived', 'undone', 'balance_refunded'));
alter table servicing.loan_event alter column payment drop not null;
alter table servicing.loan_event add constraint loan_event_money_names_its_payment
    check (payment is not null or kind not in ('disbursed', 'repaid', 'balance_refunded'));
-- What the event says beyond its amount: a charge's due date, the event that is undone or waived.
alter table servicing.loan_event add column details jsonb;
