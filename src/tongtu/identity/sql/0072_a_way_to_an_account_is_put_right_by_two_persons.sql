-- A phone or a resident id leads to an account. Such a correction waits (a thief's owner shall have
-- the time to object), says what the operator told of the SIMs, and takes the word of two persons.

alter table identity.correction drop constraint correction_kind_check;
alter table identity.correction add constraint correction_kind_check
    check (kind in ('name', 'address', 'phone', 'resident_id'));
alter table identity.correction add column ready_at timestamptz;
alter table identity.correction add column signal text
    check (signal in ('sim_kept', 'sim_swapped', 'sim_unknown'));
alter table identity.correction add column first_by int8;
alter table identity.correction add column first_at timestamptz;
alter table identity.correction add column second_by int8;
alter table identity.correction add constraint two_persons_are_two
    check (second_by is null or second_by <> first_by);
alter table identity.correction add constraint a_way_in_waits
    check (kind in ('name', 'address') or ready_at is not null);
