-- A merchant is a party beside persons, and its staff may hold tokens of their own role.

alter table identity.party add column kind text not null default 'person'
    check (kind in ('person', 'merchant'));
alter table identity.staff drop constraint staff_role_check;
alter table identity.staff add constraint staff_role_check check (
    role in ('lender', 'merchant', 'clerk', 'analyst', 'operator', 'regulator'));
alter table identity.token drop constraint token_role_check;
alter table identity.token add constraint token_role_check check (
    role in ('borrower', 'lender', 'merchant', 'clerk', 'analyst', 'operator', 'regulator'));
