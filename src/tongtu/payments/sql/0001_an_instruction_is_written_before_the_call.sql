-- Payment instructions: written before the bank is called. Time and ids are parameters.

create schema if not exists payments;

-- The right to pay out once: an approved decision, a signed agreement, a lender's commitment, an
-- amount. Each of the three serves one warrant only, for ever.
create table payments.warrant (
    cell smallint not null,
    decision int8 not null,
    agreement_hash bytea not null check (octet_length(agreement_hash) = 32),
    commitment int8 not null,
    amount_minor int8 not null check (amount_minor between 1 and 1000000000),
    instruction int8 not null,
    at timestamptz not null,
    primary key (cell, decision),
    unique (cell, agreement_hash),
    unique (cell, commitment),
    unique (cell, decision, instruction, amount_minor)
);

create table payments.instruction (
    cell smallint not null,
    id int8 not null,
    kind text not null check (kind in ('payout', 'collection')),
    state text not null check (state in ('intended', 'sent', 'unknown', 'confirmed', 'failed')),
    subject int8 not null,     -- a payout's application, a collection's loan
    party int8 not null,
    lender smallint not null,
    amount_minor int8 not null check (amount_minor between 1 and 1000000000),
    decision int8,             -- whose warrant allows it
    value_date date not null,
    end_to_end_id text not null check (length(end_to_end_id) between 1 and 35),
    attempts int4 not null default 0,
    next_at timestamptz not null,
    lease_until timestamptz,
    bank_reference text,
    reason text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (cell, id),
    unique (cell, end_to_end_id),
    -- A payout has a warrant that names it and exactly its amount; a collection needs none.
    check ((kind = 'payout') = (decision is not null)),
    foreign key (cell, decision, id, amount_minor)
        references payments.warrant (cell, decision, instruction, amount_minor)
) with (fillfactor = 70);
create index instruction_due on payments.instruction (next_at)
    where state in ('intended', 'sent', 'unknown');
create index instruction_of_subject on payments.instruction (cell, subject);

-- confirmed and failed are final; an instruction's facts never change.
create function payments.guard_instruction() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.state in ('confirmed', 'failed')
        or (new.cell, new.id, new.kind, new.subject, new.party, new.lender, new.amount_minor,
            new.decision, new.value_date, new.end_to_end_id, new.created_at) is distinct from
           (old.cell, old.id, old.kind, old.subject, old.party, old.lender, old.amount_minor,
            old.decision, old.value_date, old.end_to_end_id, old.created_at)
        or (new.state = 'intended' and old.state <> 'intended') then
        raise exception 'a payment instruction is not rewritten' using errcode = 'TQ021';
    end if;
    return new;
end $$;
create trigger instruction_stays before update or delete on payments.instruction
    for each row execute function payments.guard_instruction();
create function payments.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'a warrant is not rewritten' using errcode = 'TQ021';
end $$;
create trigger warrant_stays before update or delete on payments.warrant
    for each row execute function payments.refuse_change();
