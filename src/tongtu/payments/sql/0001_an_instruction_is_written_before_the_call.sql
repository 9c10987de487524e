-- Payment instructions: written before the bank is called. Time and ids are parameters.

create schema if not exists payments;

-- The right to pay out once: an approved decision, a signed agreement, a lender's commitment, an
-- amount. Each of the three serves one warrant only.
create table payments.warrant (
    cell smallint not null,
    id int8 not null,
    decision int8 not null,
    agreement_sha256 bytea not null check (octet_length(agreement_sha256) = 32),
    commitment int8 not null,
    amount_minor int8 not null check (amount_minor between 1 and 1000000000),
    at timestamptz not null,
    primary key (cell, id),
    unique (cell, decision),
    unique (cell, agreement_sha256),
    unique (cell, commitment),
    unique (cell, id, amount_minor)
);

create table payments.instruction (
    cell smallint not null,
    id int8 not null,
    kind text not null check (kind in ('payout', 'collection')),
    state text not null check (state in ('intended', 'sent', 'unknown', 'confirmed', 'failed')),
    party int8 not null,
    lender smallint not null,
    subject int8 not null,     -- a payout's agreement, a collection's loan
    amount_minor int8 not null check (amount_minor between 1 and 1000000000),
    warrant int8,
    value_date date not null,
    attempts int4 not null default 0,
    next_at timestamptz not null,
    lease_until timestamptz,
    bank_reference text,
    reason text,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (cell, id),
    -- A payout needs a warrant of exactly its amount.
    check ((kind = 'payout') = (warrant is not null)),
    foreign key (cell, warrant, amount_minor)
        references payments.warrant (cell, id, amount_minor)
) with (fillfactor = 70);
-- A warrant pays once; only after the bank's clear no may it be used again.
create unique index instruction_of_warrant on payments.instruction (cell, warrant)
    where state <> 'failed';
create index instruction_due on payments.instruction (next_at)
    where state in ('intended', 'sent', 'unknown');
create index instruction_of_subject on payments.instruction (cell, subject);

-- confirmed and failed are final; an instruction's facts never change.
create function payments.guard_instruction() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.state in ('confirmed', 'failed')
        or (new.cell, new.id, new.kind, new.party, new.lender, new.subject, new.amount_minor,
            new.value_date, new.created_at) is distinct from
           (old.cell, old.id, old.kind, old.party, old.lender, old.subject, old.amount_minor,
            old.value_date, old.created_at)
        or new.warrant is distinct from old.warrant
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
