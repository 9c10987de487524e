-- A case that opens by itself keeps its first step in its own row: the row of an event beside it said
-- nothing more. Cases opened before, and those that append_batch opens, have that row.

alter table process.instance add column first_step text;

create or replace function process.open_batch(
    p_cell smallint, p_instances bigint[], p_definition text, p_version text, p_steps text[],
    p_at timestamptz
) returns void language plpgsql as $$
begin
    insert into process.instance
        (cell, id, seq, definition, version, step, state, opened_at, changed_at, first_step)
    select p_cell, a.id, 1, p_definition, p_version, a.step, 'active', p_at, p_at, a.step
    from unnest(p_instances, p_steps) as a (id, step);
end
$$;

-- Every step that every case took.
create view process.step_taken as
    select e.cell, e.instance, e.seq, e.step, e.at from process.event e
    union all
    select i.cell, i.id, 1, i.first_step, i.opened_at from process.instance i
    where i.first_step is not null;
