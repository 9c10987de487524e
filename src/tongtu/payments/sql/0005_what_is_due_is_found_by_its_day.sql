-- The debits of years to come are planned at once: those due today are found by their day, not among
-- all. A statement looks at what changed since the one before it, not at all a lender ever paid.

create index debit_due_on on payments.debit (due_date, next_at) where state = 'planned';
drop index payments.debit_due;
create index instruction_changed on payments.instruction (lender, changed_at);
