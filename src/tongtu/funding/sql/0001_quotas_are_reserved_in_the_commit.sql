-- Lenders, programs, their budget of a day, and what a lender has promised for one application.
-- Amounts are fen. Days, times and ids are parameters. A batch names one cell.

create schema if not exists funding;

-- Platform-wide reference rows, written from the book.
create table funding.lender (
    number smallint primary key check (number between 1 and 40),
    id text not null unique,
    name_zh text not null,
    name_en text not null,
    kind text not null check (kind in ('bank', 'consumer_finance', 'microloan', 'trust')),
    listed_from date not null,
    listed_to date not null check (listed_to >= listed_from)
);

create table funding.program (
    id int8 primary key,
    lender smallint not null references funding.lender,
    code text not null unique,
    day_limit_minor int8 not null check (day_limit_minor > 0),
    slice_minor int8 not null check (slice_minor between 0 and day_limit_minor),  -- of one cell
    is_open bool not null
);

-- One row a program, day and cell: the only place that says how much is left.
create table funding.quota (
    cell smallint not null,
    day date not null,
    program int8 not null,
    limit_minor int8 not null,
    reserved_minor int8 not null,
    primary key (cell, day, program),
    constraint reserved_is_within_the_limit check (reserved_minor between 0 and limit_minor)
) with (fillfactor = 50);

create table funding.commitment (
    cell smallint not null,
    id int8 not null,
    application int8 not null,
    program int8 not null,
    lender smallint not null,
    amount_minor int8 not null check (amount_minor > 0),
    day date not null,          -- whose quota holds the amount
    state text not null check (state in ('reserved', 'committed', 'disbursed', 'released')),
    policy_hash text,           -- the version of the lender's own policy that said yes
    decided_at timestamptz,
    changed_at timestamptz not null,
    primary key (cell, id),
    unique (cell, application),
    constraint a_promise_has_the_lenders_own_decision check (
        state in ('reserved', 'released') or (policy_hash is not null and decided_at is not null)),
    constraint a_decision_is_whole check ((policy_hash is null) = (decided_at is null))
);

-- Makes the day's rows that are not there yet; safe to call at any time, from anyone.
create function funding.open_day(p_cell smallint, p_day date) returns int4
language plpgsql as $$
declare
    v_made int4;
begin
    insert into funding.quota (cell, day, program, limit_minor, reserved_minor)
      select p_cell, p_day, p.id, p.slice_minor, 0
        from funding.program p where p.is_open order by p.id
      on conflict do nothing;
    get diagnostics v_made = row_count;
    return v_made;
end $$;

-- What is left of each open program; a day nobody reserved on yet has its whole slice.
create function funding.quotas(p_cell smallint, p_day date)
returns table (program int8, remaining_minor int8) language sql stable as $$
    select p.id, coalesce(q.limit_minor - q.reserved_minor, p.slice_minor)
      from funding.program p
      left join funding.quota q on q.cell = p_cell and q.day = p_day and q.program = p.id
     where p.is_open order by p.id
$$;

-- Takes every amount from its program's quota, or none. Rows are locked in id order first, so two
-- batches wait for each other and never in a circle. SQLSTATE TQ001: some program is short.
create function funding.reserve_batch(
    p_cell smallint, p_day date, p_programs int8[], p_amounts int8[]
) returns void language plpgsql as $$
declare
    v_programs int8[];
    v_amounts int8[];
    v_rows int4;
begin
    if exists (select from unnest(p_amounts) as a(amount) where a.amount is null or a.amount <= 0)
        or cardinality(p_programs) <> cardinality(p_amounts) then
        raise exception 'each program reserves an amount above zero' using errcode = '22023';
    end if;
    select array_agg(t.program order by t.program), array_agg(t.amount order by t.program)
      into v_programs, v_amounts
      from (select a.program, sum(a.amount)::int8 as amount
              from unnest(p_programs, p_amounts) as a(program, amount) group by a.program) t;
    for attempt in 1..2 loop
        perform from funding.quota q
          where q.cell = p_cell and q.day = p_day and q.program = any (v_programs)
          order by q.program for update;
        get diagnostics v_rows = row_count;
        exit when v_rows = cardinality(v_programs);
        perform funding.open_day(p_cell, p_day);
    end loop;
    update funding.quota q set reserved_minor = q.reserved_minor + a.amount
      from unnest(v_programs, v_amounts) as a(program, amount)
     where q.cell = p_cell and q.day = p_day and q.program = a.program
       and q.reserved_minor + a.amount <= q.limit_minor;
    get diagnostics v_rows = row_count;
    if v_rows <> coalesce(cardinality(v_programs), 0) then
        raise exception 'a quota is short' using errcode = 'TQ001';
    end if;
end $$;

-- Gives amounts back. More than was reserved is a bug, and fails on the table's own check.
create function funding.release_batch(
    p_cell smallint, p_day date, p_programs int8[], p_amounts int8[]
) returns void language plpgsql as $$
declare
    v_programs int8[];
    v_amounts int8[];
    v_rows int4;
begin
    if exists (select from unnest(p_amounts) as a(amount) where a.amount is null or a.amount <= 0)
        or cardinality(p_programs) <> cardinality(p_amounts) then
        raise exception 'each program releases an amount above zero' using errcode = '22023';
    end if;
    select array_agg(t.program order by t.program), array_agg(t.amount order by t.program)
      into v_programs, v_amounts
      from (select a.program, sum(a.amount)::int8 as amount
              from unnest(p_programs, p_amounts) as a(program, amount) group by a.program) t;
    perform from funding.quota q
      where q.cell = p_cell and q.day = p_day and q.program = any (v_programs)
      order by q.program for update;
    update funding.quota q set reserved_minor = q.reserved_minor - a.amount
      from unnest(v_programs, v_amounts) as a(program, amount)
     where q.cell = p_cell and q.day = p_day and q.program = a.program;
    get diagnostics v_rows = row_count;
    if v_rows <> coalesce(cardinality(v_programs), 0) then
        raise exception 'released from a quota that does not exist' using errcode = 'P0002';
    end if;
end $$;
