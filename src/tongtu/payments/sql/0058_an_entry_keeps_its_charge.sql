-- What a bank kept of money that came back, and named: with it the entry is a whole payment come
-- back. Entries read before have none.

alter table payments.entry add column charge_minor int8 not null default 0
    check (charge_minor between 0 and 1000000000);
