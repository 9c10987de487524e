-- An entry that names no payment of ours is found by the reference the bank gave with its answer.

create index instruction_of_reference on payments.instruction (lender, bank_reference)
    where bank_reference is not null;
