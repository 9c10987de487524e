-- Process files by their hash, what is in force, and cases that the engine walks. A case that the
-- decision lane opened has no walk: its one token stands at its step.

create table process.definition (
    hash text primary key check (hash ~ '^[0-9a-f]{32}$'),
    key text not null,
    name text not null,
    source bytea not null check (length(source) <= 1000000),
    saved_by bigint not null,
    saved_at timestamptz not null
);
create index definition_key on process.definition (key, saved_at);

create table process.publication (
    key text not null,
    n integer not null,
    hash text not null references process.definition (hash),
    proposed_by bigint not null,
    allowed_by bigint not null,
    at timestamptz not null,
    primary key (key, n)
);

-- Constants as defaults: no row is written anew.
alter table process.instance add column turns integer not null default 0;
alter table process.instance add column walk bytea;
alter table process.instance add column due_at timestamptz;
alter table process.instance add column held_at timestamptz;
alter table process.instance add column promised_at timestamptz;
create index instance_due on process.instance (due_at) where due_at is not null;

-- One row a commit of a case: what happened, and every node that was left by it, in order.
create table process.advance (
    cell smallint not null,
    instance bigint not null,
    turn integer not null,
    seq integer not null,
    version text not null,
    at timestamptz not null,
    caller bigint not null,
    happened bytea not null,
    nodes text[] not null,
    since_ms bigint[] not null,
    hows text not null,
    primary key (cell, instance, turn)
);

-- What a case waits for from outside: a person, a service, a message. Gone when it has come.
create table process.task (
    cell smallint not null,
    instance bigint not null,
    token integer not null,
    node text not null,
    kind text not null check (kind in ('user', 'service', 'message')),
    version text not null,
    what text not null,      -- roles by spaces; the name of the service; the message
    about text not null,     -- what a message must name; empty: nothing
    opened_at timestamptz not null,
    due_at timestamptz,
    next_at timestamptz,     -- a service: when it is tried; null: a person looks first
    attempts integer not null default 0,
    primary key (cell, instance, token, node)
) with (fillfactor = 80);
create index task_next on process.task (next_at) where kind = 'service';
create index task_message on process.task (cell, what, about) where kind = 'message';
create index task_waits on process.task (opened_at) where kind = 'user';

create table process.incident (
    cell smallint not null,
    instance bigint not null,
    token integer not null,
    node text not null,
    at timestamptz not null,
    version text not null,
    code text not null,
    ended_at timestamptz,
    ended_by bigint,
    primary key (cell, instance, token, node, at)
);
create index incident_open on process.incident (at) where ended_at is null;

-- Writes one batch of walks of one cell. Arrays of one entry a case, a task or a command.
-- Looked up row by row, whatever plan was made while the tables were empty.
create function process.walk_batch(
    p_cell smallint, p_at timestamptz,
    p_ids bigint[], p_keys text[], p_versions text[], p_seqs integer[], p_turns integer[],
    p_steps text[], p_states text[], p_walks bytea[], p_due timestamptz[], p_promised timestamptz[],
    p_callers bigint[], p_happened bytea[], p_nodes text[], p_since text[], p_hows text[],
    p_closed bigint[], p_closed_tokens integer[],
    p_opened bigint[], p_tokens integer[], p_task_nodes text[], p_kinds text[], p_task_versions text[],
    p_whats text[], p_abouts text[], p_task_due timestamptz[], p_next timestamptz[],
    p_attempts integer[]
) returns void language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    written integer;
begin
    insert into process.instance as i
        (cell, id, seq, definition, version, step, state, opened_at, changed_at,
         turns, walk, due_at, promised_at)
    select p_cell, a.id, a.seq, a.key, a.version, a.step, a.state, p_at, p_at,
        a.turns, a.walk, a.due, a.promised
    from unnest(p_ids, p_seqs, p_keys, p_versions, p_steps, p_states, p_turns, p_walks, p_due, p_promised)
        as a (id, seq, key, version, step, state, turns, walk, due, promised)
    order by a.id
    on conflict (cell, id) do update set seq = excluded.seq, version = excluded.version,
        step = excluded.step, state = excluded.state, changed_at = excluded.changed_at,
        turns = excluded.turns, walk = excluded.walk, due_at = excluded.due_at,
        promised_at = excluded.promised_at
        where i.turns < excluded.turns;
    get diagnostics written = row_count;
    if written <> cardinality(p_ids) then
        raise exception 'a case was advanced by two at once' using errcode = 'serialization_failure';
    end if;
    insert into process.advance
        (cell, instance, turn, seq, version, at, caller, happened, nodes, since_ms, hows)
    select p_cell, a.id, a.turn, a.seq, a.version, p_at, a.caller, a.happened,
        string_to_array(a.nodes, ' '), string_to_array(a.since, ' ')::bigint[], a.hows
    from unnest(p_ids, p_turns, p_seqs, p_versions, p_callers, p_happened, p_nodes, p_since, p_hows)
        as a (id, turn, seq, version, caller, happened, nodes, since, hows);
    delete from process.task t using unnest(p_closed, p_closed_tokens) as a (id, token)
    where t.cell = p_cell and t.instance = a.id and t.token = a.token;
    insert into process.task
        (cell, instance, token, node, kind, version, what, about, opened_at, due_at, next_at, attempts)
    select p_cell, a.id, a.token, a.node, a.kind, a.version, a.what, a.about, p_at, a.due, a.next,
        a.attempts
    from unnest(p_opened, p_tokens, p_task_nodes, p_kinds, p_task_versions, p_whats, p_abouts,
        p_task_due, p_next, p_attempts)
        as a (id, token, node, kind, version, what, about, due, next, attempts);
end $$;

-- Every step that every case took, the engine's cases' too.
create or replace view process.step_taken as
    select e.cell, e.instance, e.seq, e.step, e.at from process.event e
    union all
    select i.cell, i.id, 1, i.first_step, i.opened_at from process.instance i
    where i.first_step is not null
    union all
    select a.cell, a.instance, (a.seq - cardinality(a.nodes) + n.n)::integer, n.node, a.at
    from process.advance a cross join lateral unnest(a.nodes) with ordinality as n (node, n);
