-- The bank's word is kept as it came, and every movement of its books is matched with one
-- instruction or stands in a break with a name and an owner. Time and ids are parameters.

-- An instruction may be accepted, disputed, returned; `is_booked` says its end is in the ledger.
drop trigger instruction_stays on payments.instruction;
alter table payments.instruction drop constraint instruction_state_check;
alter table payments.instruction
    add column is_booked boolean not null default false,
    add column mandate int8;
update payments.instruction
   set is_booked = state in ('confirmed', 'failed'),
       state = case state when 'confirmed' then 'settled' when 'failed' then 'rejected' else state end;
alter table payments.instruction add constraint instruction_state_check check (state in (
    'intended', 'sent', 'accepted', 'unknown', 'settled', 'rejected', 'returned', 'disputed'));
drop index payments.instruction_due;
create index instruction_due on payments.instruction (next_at)
    where state in ('intended', 'sent', 'accepted', 'unknown');
-- What a day end waits for: no answer yet, or an answer that the books do not hold yet.
create index instruction_unbooked on payments.instruction (value_date)
    where not is_booked and state <> 'disputed';
create index instruction_of_lender on payments.instruction (lender, value_date);

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
            ('settled', 'returned'), ('rejected', 'disputed'), ('disputed', 'returned'))) then
        raise exception 'a payment instruction is not rewritten' using errcode = 'TQ021';
    end if;
    return new;
end $$;
create trigger instruction_stays before update or delete on payments.instruction
    for each row execute function payments.guard_instruction();

-- A warrant is void only once its payout was rejected; then its three names serve another one.
alter table payments.warrant add column voided_at timestamptz;
alter table payments.warrant drop constraint warrant_pkey;
alter table payments.warrant drop constraint warrant_cell_agreement_hash_key;
alter table payments.warrant drop constraint warrant_cell_commitment_key;
alter table payments.warrant add primary key (cell, decision, instruction);
create unique index warrant_of_decision on payments.warrant (cell, decision)
    where voided_at is null;
create unique index warrant_of_agreement on payments.warrant (cell, agreement_hash)
    where voided_at is null;
create unique index warrant_of_commitment on payments.warrant (cell, commitment)
    where voided_at is null;
create or replace function payments.refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.voided_at is null and new.voided_at is not null
        and (new.cell, new.decision, new.agreement_hash, new.commitment, new.amount_minor,
             new.instruction, new.at)
          = (old.cell, old.decision, old.agreement_hash, old.commitment, old.amount_minor,
             old.instruction, old.at)
        and exists (select from payments.instruction i
                     where i.cell = old.cell and i.id = old.instruction and i.state = 'rejected')
    then
        return new;
    end if;
    raise exception 'a warrant is not rewritten' using errcode = 'TQ021';
end $$;

-- What the bank sent, byte for byte, before anything was made of it. `event` is the bank's name.
create table payments.callback (
    cell smallint not null,
    event text not null check (length(event) between 8 and 64),
    body bytea not null check (octet_length(body) between 1 and 65536),
    state text not null check (state in ('stored', 'done', 'refused')),
    attempts int4 not null default 0,
    next_at timestamptz not null,
    note text,
    received_at timestamptz not null,
    done_at timestamptz,
    primary key (cell, event)
);
create index callback_due on payments.callback (next_at) where state = 'stored';

-- A statement that was read: which day of which account, as of when.
create table payments.statement (
    cell smallint not null,
    id int8 not null,
    account text not null,
    lender smallint not null,
    day date not null,
    taken_at timestamptz not null,  -- by the bank's clock
    asked_at timestamptz not null,  -- by ours, before the question left
    opening_minor int8 not null,
    closing_minor int8 not null,
    entries int4 not null,
    primary key (cell, id)
);
create index statement_of_day on payments.statement (cell, lender, day, asked_at);

-- One booked movement of the bank, signed as the lender's account sees it.
create table payments.entry (
    cell smallint not null,
    reference text not null check (length(reference) between 1 and 35),
    end_to_end_id text not null check (length(end_to_end_id) <= 35),
    lender smallint not null,
    day date not null,
    amount_minor int8 not null,
    is_return boolean not null,
    instruction int8,          -- what it is matched with; null when it stands in a break
    read_at timestamptz not null,
    primary key (cell, reference)
);
-- One to one: a second entry of the same instruction can only be a break.
create unique index entry_of_instruction on payments.entry (cell, instruction, is_return)
    where instruction is not null;
create index entry_of_number on payments.entry (cell, end_to_end_id);

create table payments.break (
    cell smallint not null,
    id int8 not null,
    kind text not null,
    owner text not null,
    lender smallint not null,
    day date not null,
    end_to_end_id text not null,
    reference text not null default '',
    instruction int8,
    amount_minor int8 not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_by int8,            -- null with a closed_at: the bank's books showed it after all
    reason text check (length(reason) between 3 and 500),
    primary key (cell, id),
    unique (cell, kind, end_to_end_id, reference),
    check ((closed_at is null) = (reason is null))
);
create index break_open on payments.break (cell, opened_at) where closed_at is null;

-- What a payment's end did to its lender's account in the ledger, and on which business date.
create table payments.booking (
    cell smallint not null,
    instruction int8 not null,
    state text not null check (state in ('settled', 'rejected', 'returned')),
    lender smallint not null,
    day date not null,
    amount_minor int8 not null,
    at timestamptz not null,
    primary key (cell, instruction, state)
);
create index booking_of_lender on payments.booking (cell, lender, day);
