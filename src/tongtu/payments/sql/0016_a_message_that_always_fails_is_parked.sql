-- A callback whose work fails again and again is parked: no longer tried, in sight of a person, and
-- taken up again when the person says so.

alter table payments.callback drop constraint callback_state_check;
alter table payments.callback add constraint callback_state_check
    check (state in ('stored', 'done', 'refused', 'parked'));
create index callback_parked on payments.callback (received_at) where state = 'parked';
