-- Beside a day's limit a program may have a month's, and one for all that its contract ever lends; a
-- paced program has a part of its day at once and the rest as the day goes by. All of it is held by
-- one rule: what cells may reserve (the limits of their slices) is allotted from the budgets first,
-- so no reservation needs more than its own slice's row. Amounts are fen.

alter table funding.program
    add column month_limit_minor int8 check (month_limit_minor > 0),  -- null: none
    add column capital_minor int8 check (capital_minor > 0),          -- null: none
    add column pace_ppm int4 check (pace_ppm between 0 and 1000000);  -- ready at once; null: all

-- Of all cells. A day's row of a paced program with a month's limit is its even share of what the
-- month has left. since: the day, the first of the month, or the beginning of time.
create table funding.budget (
    program int8 not null references funding.program,
    period text not null check (period in ('capital', 'day', 'month')),
    since date not null,
    limit_minor int8 not null,
    allotted_minor int8 not null,
    primary key (program, period, since),
    constraint allotted_is_within_the_limit check (allotted_minor between 0 and limit_minor)
) with (fillfactor = 50);

-- Until now no day was ended: what a slice of a day that is over still holds would count as lent.
-- The newest day may be open yet; where it is not, the keeper ends it.
update funding.quota q set limit_minor = q.reserved_minor
 where q.day < (select max(o.day) from funding.quota o) and q.limit_minor > q.reserved_minor;

insert into funding.budget
  select q.program, 'day', q.day, greatest(sum(q.limit_minor)::int8, p.day_limit_minor),
         sum(q.limit_minor)::int8
    from funding.quota q join funding.program p on p.id = q.program
   group by q.program, q.day, p.day_limit_minor;

-- The first day of the month that a day lies in.
create function funding.month_of(p_day date) returns date language sql immutable as $$
    select date_trunc('month', p_day::timestamp)::date
$$;

-- What a day may have in all: the day's limit; paced, no more than an even share of its month's rest.
create function funding.day_budget(p_program int8, p_day date) returns int8 language sql stable as $$
    select case when p.pace_ppm is null or p.month_limit_minor is null then p.day_limit_minor
           else least(p.day_limit_minor,
                ceil(greatest(0, p.month_limit_minor - coalesce(b.allotted_minor, 0))::numeric
                     / ((funding.month_of(p_day) + interval '1 month')::date - p_day))::int8) end
      from funding.program p
      left join funding.budget b on b.program = p.id and b.period = 'month'
       and b.since = funding.month_of(p_day)
     where p.id = p_program
$$;

-- What a cell's slice of a day begins with, as far as the budgets hold it.
create function funding.first_slice(p_program int8, p_day date) returns int8 language sql stable as $$
    select greatest(0, least(
        (wanted.day_minor::numeric * p.slice_minor / p.day_limit_minor
            * coalesce(p.pace_ppm, 1000000) / 1000000)::int8,
        coalesce(d.limit_minor - d.allotted_minor, wanted.day_minor),
        p.month_limit_minor - coalesce(m.allotted_minor, 0),  -- null without a limit: binds nothing
        p.capital_minor - coalesce(c.allotted_minor, 0)))
      from funding.program p
      cross join lateral (select coalesce(
            (select b.limit_minor from funding.budget b
              where b.program = p.id and b.period = 'day' and b.since = p_day),
            funding.day_budget(p.id, p_day)) as day_minor) wanted
      left join funding.budget d on d.program = p.id and d.period = 'day' and d.since = p_day
      left join funding.budget m on m.program = p.id and m.period = 'month'
       and m.since = funding.month_of(p_day)
      left join funding.budget c on c.program = p.id and c.period = 'capital'
     where p.id = p_program
$$;

-- Makes the budgets a slice is allotted from, those that are not there yet, and locks them all. A
-- budget that a program is given while it lends counts what its slices hold already; where that is
-- more than the limit, the row's limit stands above the program's, and `allot` goes by the program's.
create function funding.hold_budgets(p_program int8, p_day date) returns void
language plpgsql as $$
begin
    insert into funding.budget
      select p.id, n.period, n.since, greatest(n.limit_minor, held.minor), held.minor
        from funding.program p
        cross join lateral (values
            ('capital', date '0001-01-01', date '9999-01-01', p.capital_minor),
            ('month', funding.month_of(p_day),
                (funding.month_of(p_day) + interval '1 month')::date, p.month_limit_minor)
            ) n(period, since, before, limit_minor)
        cross join lateral (select coalesce(sum(q.limit_minor), 0)::int8 as minor
              from funding.quota q
             where q.program = p.id and q.day >= n.since and q.day < n.before) held
       where p.id = p_program and n.limit_minor is not null
         and not exists (select from funding.budget b where b.program = p.id
                and b.period = n.period and b.since = n.since)
      on conflict do nothing;
    perform from funding.budget b
      where b.program = p_program and (b.period = 'capital'
            or b.period = 'month' and b.since = funding.month_of(p_day))
      order by b.period for update;  -- then the day's: in this order everywhere
    insert into funding.budget
      select p_program, 'day', p_day, funding.day_budget(p_program, p_day), 0
       where not exists (select from funding.budget b
                where b.program = p_program and b.period = 'day' and b.since = p_day)
      on conflict do nothing;
    perform from funding.budget b
      where b.program = p_program and b.period = 'day' and b.since = p_day for update;
end $$;

-- Moves what slices may reserve: above 0 from the budgets to the slice, below 0 back to them.
create function funding.move_budgets(p_program int8, p_day date, p_minor int8) returns void
language sql as $$
    update funding.budget b set allotted_minor = b.allotted_minor + p_minor
     where b.program = p_program
       and (b.period, b.since) in (('day', p_day), ('month', funding.month_of(p_day)),
                                   ('capital', date '0001-01-01'))
$$;

-- Gives a slice up to so much more, as far as its day (as much of it as is ready at this part of
-- the day), its month and its contract hold it; returns what it was given. The slice's row is locked
-- before the budgets', as everywhere.
create function funding.allot(
    p_cell smallint, p_day date, p_program int8, p_want int8, p_elapsed_ppm int4
) returns int8 language plpgsql as $$
declare
    v_given int8;
begin
    if p_want < 0 or p_elapsed_ppm not between 0 and 1000000 then
        raise exception 'a slice is given an amount at a part of its day' using errcode = '22023';
    end if;
    perform from funding.quota q
      where q.cell = p_cell and q.day = p_day and q.program = p_program for update;
    if not found then
        return 0;
    end if;
    perform funding.hold_budgets(p_program, p_day);
    select greatest(0, least(p_want,
             min(case b.period
                 when 'month' then least(b.limit_minor, p.month_limit_minor)
                 when 'capital' then least(b.limit_minor, p.capital_minor)
                 else (b.limit_minor::numeric * (coalesce(p.pace_ppm, 1000000)
                        + (1000000 - coalesce(p.pace_ppm, 1000000))::int8 * p_elapsed_ppm / 1000000)
                       / 1000000)::int8 end - b.allotted_minor)))
      into v_given
      from funding.budget b join funding.program p on p.id = b.program
     where b.program = p_program
       and (b.period, b.since) in (('day', p_day), ('month', funding.month_of(p_day)),
                                   ('capital', date '0001-01-01'));
    if v_given > 0 then
        perform funding.move_budgets(p_program, p_day, v_given);
        update funding.quota q set limit_minor = q.limit_minor + v_given
         where q.cell = p_cell and q.day = p_day and q.program = p_program;
    end if;
    return v_given;
end $$;

-- Takes up to so much that nobody reserved off a slice, for others; returns what it gave.
create function funding.give_back(p_cell smallint, p_day date, p_program int8, p_most int8)
returns int8 language plpgsql as $$
declare
    v_back int8;
begin
    select least(p_most, q.limit_minor - q.reserved_minor) into v_back from funding.quota q
      where q.cell = p_cell and q.day = p_day and q.program = p_program for update;
    if v_back is null or v_back <= 0 then
        return 0;
    end if;
    perform funding.hold_budgets(p_program, p_day);
    perform funding.move_budgets(p_program, p_day, -v_back);
    update funding.quota q set limit_minor = q.limit_minor - v_back
     where q.cell = p_cell and q.day = p_day and q.program = p_program;
    return v_back;
end $$;

-- Gives back what a day that is over left unreserved, so that its month has it again.
create function funding.end_day(p_cell smallint, p_day date) returns int8 language plpgsql as $$
declare
    v_program int8;
    v_back int8 := 0;
begin
    for v_program in select q.program from funding.quota q
         where q.cell = p_cell and q.day = p_day and q.limit_minor > q.reserved_minor
         order by q.program loop
        v_back := v_back + funding.give_back(p_cell, p_day, v_program, 9223372036854775807);
    end loop;
    return v_back;
end $$;

-- The budgets that stand follow the programs' limits; none falls below what is allotted of it. A
-- limit that was taken away has no budget: given again, it counts what the slices hold by then.
create function funding.follow_limits(p_day date) returns void language plpgsql as $$
begin
    perform from funding.budget b
      where b.period = 'capital' or b.period = 'month' and b.since >= funding.month_of(p_day)
         or b.period = 'day' and b.since = p_day
      order by b.program, b.period = 'day', b.period, b.since for update;
    delete from funding.budget b using funding.program p
     where b.program = p.id and (b.period = 'capital' and p.capital_minor is null
        or b.period = 'month' and b.since >= funding.month_of(p_day)
           and p.month_limit_minor is null);
    update funding.budget b set limit_minor = greatest(b.allotted_minor, n.limit_minor)
      from funding.program p
      cross join lateral (values ('capital', date '0001-01-01', p.capital_minor),
            ('month', funding.month_of(p_day), p.month_limit_minor)) n(period, since, limit_minor)
     where b.program = p.id and b.period = n.period and b.since = n.since
       and n.limit_minor is not null
       and b.limit_minor <> greatest(b.allotted_minor, n.limit_minor);
    update funding.budget b set limit_minor = greatest(b.allotted_minor, p.day_limit_minor)
      from funding.program p
     where b.program = p.id and b.period = 'day' and b.since = p_day and p.pace_ppm is null
       and b.limit_minor <> greatest(b.allotted_minor, p.day_limit_minor);
end $$;

-- As before, with slices allotted from the budgets.
create or replace function funding.open_day(p_cell smallint, p_day date) returns int4
language plpgsql as $$
declare
    v_program int8;
    v_first int8;
    v_made int4 := 0;
begin
    for v_program in select p.id from funding.program p
         where p.is_open and not exists (select from funding.quota q
                where q.cell = p_cell and q.day = p_day and q.program = p.id)
         order by p.id loop
        insert into funding.quota (cell, day, program, limit_minor, reserved_minor)
          values (p_cell, p_day, v_program, 0, 0) on conflict do nothing;
        if found then
            v_made := v_made + 1;
            perform funding.hold_budgets(v_program, p_day);
            v_first := funding.first_slice(v_program, p_day);
            perform funding.allot(p_cell, p_day, v_program, v_first, 0);
        end if;
    end loop;
    return v_made;
end $$;

create or replace function funding.quotas(p_cell smallint, p_day date)
returns table (program int8, remaining_minor int8) language sql stable as $$
    select p.id, coalesce(q.limit_minor - q.reserved_minor, funding.first_slice(p.id, p_day))
      from funding.program p
      left join funding.quota q on q.cell = p_cell and q.day = p_day and q.program = p.id
     where p.is_open order by p.id
$$;
