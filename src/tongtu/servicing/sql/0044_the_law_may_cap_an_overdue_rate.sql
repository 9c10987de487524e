-- The law of a day caps what a loan may bear for being late: an event of the loan like any other.
-- Rows that stand are looked at by a later migration: nobody waits for a look at them here.

alter table servicing.loan_event drop constraint loan_event_kind_check;
alter table servicing.loan_event add constraint loan_event_kind_check check (kind in
    ('disbursed', 'repaid', 'charged', 'charge_waived', 'undone', 'balance_refunded',
     'charged_back', 'cash_refunded', 'recovered', 'rescheduled', 're_aged', 're_amortized',
     'interest_paused', 'charged_off', 'written_off', 'merchant_refunded', 'imported',
     'import_undone', 'withdrawn', 'overdue_capped')) not valid;
