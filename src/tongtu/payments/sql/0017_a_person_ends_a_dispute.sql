-- A disputed payment is ended by two persons' word, the bank's books beside it: it moved, or not.
-- The moves of payments/model.py; an instruction's facts never change.

create or replace function payments.guard_instruction() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
        or (new.cell, new.id, new.kind, new.subject, new.party, new.lender, new.amount_minor,
            new.decision, new.value_date, new.end_to_end_id, new.created_at, new.mandate)
           is distinct from
           (old.cell, old.id, old.kind, old.subject, old.party, old.lender, old.amount_minor,
            old.decision, old.value_date, old.end_to_end_id, old.created_at, old.mandate)
        or not (new.state = old.state or (old.state, new.state) in (
            ('intended', 'sent'),
            ('sent', 'accepted'), ('sent', 'unknown'), ('sent', 'settled'), ('sent', 'rejected'),
            ('sent', 'disputed'),
            ('unknown', 'accepted'), ('unknown', 'settled'), ('unknown', 'rejected'),
            ('unknown', 'disputed'),
            ('accepted', 'settled'), ('accepted', 'rejected'), ('accepted', 'disputed'),
            ('settled', 'returned'), ('rejected', 'disputed'), ('disputed', 'returned'),
            ('disputed', 'settled'), ('disputed', 'rejected'))) then
        raise exception 'a payment instruction is not rewritten' using errcode = 'TQ021';
    end if;
    return new;
end $$;
