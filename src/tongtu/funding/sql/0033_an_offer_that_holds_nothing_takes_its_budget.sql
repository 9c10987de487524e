-- Of a list of offers the cheapest holds its amount; whoever takes another one takes its budget at
-- that moment, and what was held goes back.

-- Gives back what is held and takes an amount of another program of the same day, or raises TQ001
-- and does neither. All rows are locked in the order of reserve_batch. Where the cell's own slice
-- is short, the budgets (as much as is ready at this part of the day) give it what lacks.
create function funding.exchange(
    p_cell smallint, p_day date, p_back int8[], p_back_minor int8[],
    p_program int8, p_minor int8, p_elapsed_ppm int4
) returns void language plpgsql as $$
declare
    v_short int8;
begin
    for attempt in 1..2 loop
        perform from funding.quota q
          where q.cell = p_cell and q.day = p_day and q.program = any (p_back || p_program)
          order by q.program for update;
        select p_minor - (q.limit_minor - q.reserved_minor) into v_short from funding.quota q
          where q.cell = p_cell and q.day = p_day and q.program = p_program;
        exit when found;
        perform funding.open_day(p_cell, p_day);
    end loop;
    if v_short > 0 then
        perform funding.allot(p_cell, p_day, p_program, v_short, p_elapsed_ppm);
    end if;
    if cardinality(p_back) > 0 then
        perform funding.release_batch(p_cell, p_day, p_back, p_back_minor);
    end if;
    perform funding.reserve_batch(p_cell, p_day, array[p_program], array[p_minor]);
end $$;
