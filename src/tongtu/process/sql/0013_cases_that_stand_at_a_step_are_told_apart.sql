-- Which of these cases stand at a step now; locked until the caller's transaction ends.

create function process.standing_at(p_cell smallint, p_instances bigint[], p_step text)
returns bigint[] language sql as $$
    select coalesce(array_agg(held.id), array[]::bigint[])
      from (select i.id from process.instance i
             where i.cell = p_cell and i.id = any (p_instances) and i.step = p_step
             order by i.id for update) held
$$;
