-- Each bank numbers the entries of its own accounts, and gives both sides of a transfer one number: an
-- entry, and a break, is named by its lender's account too.

alter table payments.entry drop constraint entry_pkey, add primary key (cell, lender, reference);
alter table payments.break drop constraint break_cell_kind_end_to_end_id_reference_key,
    add unique (cell, lender, kind, end_to_end_id, reference);
