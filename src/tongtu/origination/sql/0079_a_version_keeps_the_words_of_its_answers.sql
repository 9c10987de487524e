-- A version also keeps the words its answers are made of, so that a decision's answer is told again
-- from its record; empty: its answers stand as text behind their records, as before.

alter table origination.version add column words bytea not null default '';
