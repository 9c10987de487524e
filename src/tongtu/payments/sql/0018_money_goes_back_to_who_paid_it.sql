-- A refund is a payment of its own: lender -> borrower, without a warrant, one at a time for a loan.

alter table payments.instruction drop constraint instruction_kind_check;
alter table payments.instruction add constraint instruction_kind_check
    check (kind in ('payout', 'collection', 'merchant_refund', 'merchant_charge', 'refund'));
create unique index refund_under_way on payments.instruction (cell, subject)
    where kind = 'refund' and not is_booked;
