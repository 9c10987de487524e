-- What happened to a break is kept: opened, closed by whom and why, open again. Rows are only added.
-- The rows follow from the break's own, so that no writer can forget one.

create table payments.break_event (
    cell smallint not null,
    break int8 not null,
    seq int4 not null check (seq > 0),
    what text not null check (what in ('opened', 'closed', 'reopened')),
    at timestamptz not null,
    amount_minor int8 not null,
    by int8,                   -- who closed it; null when nobody had to
    reason text,
    primary key (cell, break, seq),
    foreign key (cell, break) references payments.break (cell, id),
    check ((what = 'closed') = (reason is not null))
);

insert into payments.break_event (cell, break, seq, what, at, amount_minor)
select cell, id, 1, 'opened', opened_at, amount_minor from payments.break;
insert into payments.break_event (cell, break, seq, what, at, amount_minor, by, reason)
select cell, id, 2, 'closed', closed_at, amount_minor, closed_by, reason
from payments.break where closed_at is not null;

create function payments.keep_break_history() returns trigger language plpgsql as $$
declare
    happened text := case
        when tg_op = 'INSERT' then 'opened'
        when old.closed_at is null and new.closed_at is not null then 'closed'
        when old.closed_at is not null and new.closed_at is null then 'reopened'
    end;
    is_closed boolean := happened = 'closed';
begin
    if happened is null then
        raise exception 'a break is opened, closed and reopened, not rewritten'
            using errcode = 'TQ021';
    end if;
    insert into payments.break_event (cell, break, seq, what, at, amount_minor, by, reason)
    select new.cell, new.id, 1 + count(*), happened,
        case when is_closed then new.closed_at else new.opened_at end, new.amount_minor,
        case when is_closed then new.closed_by end, case when is_closed then new.reason end
    from payments.break_event e where e.cell = new.cell and e.break = new.id;
    return null;
end $$;
create trigger history_is_kept after insert or update on payments.break
    for each row execute function payments.keep_break_history();

create function payments.refuse_break_rewrite() returns trigger language plpgsql as $$
begin
    raise exception 'the history of a break is not rewritten' using errcode = 'TQ021';
end $$;
create trigger break_stays before delete on payments.break
    for each row execute function payments.refuse_break_rewrite();
create trigger break_event_stays before update or delete on payments.break_event
    for each row execute function payments.refuse_break_rewrite();
