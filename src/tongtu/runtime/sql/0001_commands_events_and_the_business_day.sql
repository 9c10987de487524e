-- Idempotent commands, the outbox with its readers' positions, the business day, marks of ids.

create schema runtime;

-- One row a command, written in the commit of its effect. Keys of money are never pruned.
create table runtime.command (
    cell smallint not null,
    caller int8 not null,
    operation text not null check (length(operation) between 1 and 60),
    key text not null check (length(key) between 1 and 200),
    body_hash bytea not null check (length(body_hash) between 8 and 64),
    answer bytea not null,
    at timestamptz not null,
    primary key (cell, caller, operation, key)
);

-- One probe a key, whatever plan was made while the table was empty: hence lateral and limit.
create function runtime.command_find(
    p_cell smallint, p_callers int8[], p_operation text, p_keys text[]
) returns table (n int, body_hash bytea, answer bytea)
language sql stable as $$
    select r.n::int, c.body_hash, c.answer
    from unnest(p_callers, p_keys) with ordinality as r (caller, key, n)
    cross join lateral (
        select s.body_hash, s.answer from runtime.command s
        where s.cell = p_cell and s.caller = r.caller and s.operation = p_operation
            and s.key = r.key
        limit 1
    ) c
$$;

-- Rows go in by key order, so that two batches with common keys wait for each other in one order.
create function runtime.command_batch(
    p_cell smallint, p_callers int8[], p_operation text, p_keys text[], p_hashes bytea[],
    p_answers bytea[], p_at timestamptz
) returns int
language plpgsql as $$
declare
    written int;
begin
    insert into runtime.command (cell, caller, operation, key, body_hash, answer, at)
    select p_cell, r.caller, p_operation, r.key, r.body_hash, r.answer, p_at
    from unnest(p_callers, p_keys, p_hashes, p_answers)
        with ordinality as r (caller, key, body_hash, answer, n)
    order by r.caller, r.key, r.n
    on conflict do nothing;
    get diagnostics written = row_count;
    return written;
end $$;

-- Events wait here. xid lets a reader take them in commit order without missing a late commit.
create table runtime.outbox (
    cell smallint not null,
    id int8 not null,
    at timestamptz not null,
    topic text not null,
    payload bytea not null,
    xid xid8 not null default pg_current_xact_id(),
    primary key (cell, id)
);
create index outbox_reader on runtime.outbox (topic, xid, id);

create function runtime.outbox_batch(
    p_cell smallint, p_ids int8[], p_topics text[], p_payloads bytea[], p_at timestamptz
) returns void
language sql as $$
    insert into runtime.outbox (cell, id, at, topic, payload)
    select p_cell, r.id, p_at, r.topic, r.payload
    from unnest(p_ids, p_topics, p_payloads) as r (id, topic, payload)
    on conflict do nothing
$$;

-- How far one handler of one topic has come: everything up to (xid, id) is settled or in retry.
create table runtime.reader (
    topic text not null,
    handler text not null,
    xid xid8 not null default '0',
    id int8 not null default 0,
    primary key (topic, handler)
);

-- Events that took effect in a handler's own transaction; a row goes once the reader is past it.
create table runtime.inbox (
    handler text not null,
    xid xid8 not null,
    event int8 not null,
    cell smallint not null,
    topic text not null,
    primary key (handler, xid, event, cell)
);

-- Events whose handler failed: tried again with growing pauses while the others go on.
create table runtime.retry (
    handler text not null,
    cell smallint not null,
    event int8 not null,
    topic text not null,
    attempts int not null,
    next_at timestamptz not null,
    fault text not null,
    primary key (handler, cell, event)
);
create index retry_due on runtime.retry (topic, handler, next_at);

create table runtime.business_day (
    is_single boolean primary key default true check (is_single),
    date date not null
);

-- Ids up to this millisecond may have been given out by this generator, whatever the clock says.
create table runtime.id_mark (
    generator smallint primary key,
    holder int8 not null,
    up_to_ms int8 not null
);

-- What this data was written under and cannot be read without: its keys and its number of cells.
create table runtime.installation (
    is_only boolean primary key default true check (is_only),
    key_mark bytea not null,
    cells int not null
);
