-- A password that was handed out opens nothing after three days, unless its owner changed it.
-- Those of before count as changed: nobody is shut out by an upgrade.
alter table access.staff_login add column is_handed_out boolean not null default false;
