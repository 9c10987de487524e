-- A refund that came to its end may move again (settled -> returned, rejected -> disputed) while
-- another is under way: that must never fail on a key. Whether an ended one stands open is asked
-- when the next begins, under the loan's lock.

drop index payments.refund_under_way;
create unique index refund_under_way on payments.instruction (cell, subject)
    where kind = 'refund' and state in ('intended', 'sent', 'accepted', 'unknown');
create index refund_unbooked on payments.instruction (cell, subject)
    where kind = 'refund' and not is_booked;
