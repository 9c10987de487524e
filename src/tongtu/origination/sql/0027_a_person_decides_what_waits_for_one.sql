-- A case that waits for a person is decided by one. The person's decision is a decision of its own,
-- beside the machine's, which stays as it is; the application names the one in force.

-- `before` is the decision it takes the place of, `machine` the machine's own, `cleared` what stood
-- against the case and the person saw. `is_override`: it says otherwise than the machine did.
create table origination.ruling (
    cell smallint not null,
    id int8 not null,           -- the person's decision
    application int8 not null,
    machine int8 not null,
    machine_said text not null check (machine_said in ('offers', 'declined', 'review')),
    lines_said text not null check (lines_said in ('', 'approve', 'decline', 'person')),
    said text not null check (said in ('approve', 'decline')),
    codes text[] not null check (cardinality(codes) between 1 and 4),
    cleared text[] not null,
    is_override boolean not null,
    staff int8 not null,
    approval int8,              -- of a second person, where one is needed
    business_date date not null,
    decided_at timestamptz not null,
    primary key (cell, id)
);
create index ruling_of_application on origination.ruling (cell, application, id);

-- Offers that stand but wait for a person: links or lists came to light after they were made.
create table origination.hold (
    cell smallint not null,
    application int8 not null,
    decision int8 not null,
    reasons text[] not null,
    held_at timestamptz not null,
    primary key (cell, application, decision)
);

-- What a person still wants to see before deciding; a later request takes an earlier one's place.
create table origination.document_request (
    cell smallint not null,
    application int8 not null,
    documents text[] not null check (cardinality(documents) between 1 and 4),
    staff int8 not null,
    asked_at timestamptz not null,
    primary key (cell, application)
);

create index decision_for_a_person on origination.decision (cell, application)
    where outcome = 'review';

-- Writes a person's decision and lets it take the place of the one in force, whose offers give their
-- quotas back if they still hold any. Races are told as by decide_batch: TQ001, TQ002, TQ003.
create function origination.write_ruling(
    p_cell smallint, p_batch int8, p_version smallint, p_business_date date, p_at timestamptz,
    p_application int8, p_before int8, p_decision int8, p_party int8, p_amount int8,
    p_outcome text, p_points int8, p_band int8, p_programs int8[], p_salt bytea, p_record bytea,
    p_commitment bytea, p_mask int8
) returns void language plpgsql as $$
declare
    v_programs int8[];
    v_day date;
begin
    perform origination.hold_day(p_cell, p_business_date);
    select d.programs, coalesce(r.business_date, a.business_date) into strict v_programs, v_day
      from origination.application a
      join origination.decision d on d.cell = a.cell and d.id = a.decision
      left join origination.ruling r on r.cell = a.cell and r.id = a.decision
     where a.cell = p_cell and a.id = p_application and a.decision = p_before
       for update of a;
    if cardinality(v_programs) > 0 and not exists (select from origination.expiry e
            where e.cell = p_cell and e.business_date = v_day) then
        perform funding.release_batch(p_cell, v_day, v_programs,
            array_fill(p_amount, array[cardinality(v_programs)]));
    end if;
    if identity.use_consents(p_cell, p_batch, array[p_party], array[p_mask], p_at)
        <> array[p_mask] then
        raise exception 'a consent was withdrawn meanwhile' using errcode = 'TQ002';
    end if;
    if cardinality(p_programs) > 0 then
        perform funding.reserve_batch(p_cell, p_business_date, p_programs,
            array_fill(p_amount, array[cardinality(p_programs)]));
    end if;
    insert into origination.decision
        (cell, id, application, version, outcome, points, band, programs, salt, record)
      values (p_cell, p_decision, p_application, p_version, p_outcome, p_points, p_band,
              p_programs, p_salt, p_record);
    update origination.application set decision = p_decision
     where cell = p_cell and id = p_application;
    perform evidence.append_batch(p_cell, p_batch, array['decision'], array[p_decision],
        array[p_commitment], p_at);
end $$;

drop function origination.expire_day(smallint, date, text, text, timestamptz);

-- Lets go the quota of every offer of the day that nobody took. The cases that stand at p_from end
-- at p_step; one that waits for a person goes on waiting. Offers a person made are of the day they
-- were made on. Runs once a day and cell; a second run finds the day's row and does nothing.
create function origination.expire_day(
    p_cell smallint, p_business_date date, p_from text, p_step text, p_process_version text,
    p_at timestamptz
) returns int8 language plpgsql as $$
declare
    v_open int8[];
    v_ending int8[];
    v_programs int8[];
    v_amounts int8[];
begin
    perform pg_advisory_xact_lock(710201, p_cell::int4);
    with made as (
        select a.id from origination.application a
         where a.cell = p_cell and a.business_date = p_business_date
           and not exists (select from origination.ruling r
                 where r.cell = a.cell and r.id = a.decision
                   and r.business_date <> p_business_date)
        union
        select r.application from origination.ruling r
          join origination.application a on a.cell = r.cell and a.id = r.application
         where r.cell = p_cell and r.business_date = p_business_date and a.decision = r.id
    )
    select array_agg(a.id order by a.id) into v_open
      from made
      join origination.application a on a.cell = p_cell and a.id = made.id
      join origination.decision d on d.cell = a.cell and d.id = a.decision
     where d.outcome = 'offers'
       and not exists (select from origination.acceptance t
             where t.cell = a.cell and t.application = a.id);
    insert into origination.expiry
      values (p_cell, p_business_date, coalesce(cardinality(v_open), 0), p_at)
      on conflict do nothing;
    if not found or v_open is null then
        return 0;
    end if;
    select array_agg(t.program), array_agg(t.amount_minor) into v_programs, v_amounts
      from (select o.program, sum(a.amount_minor)::int8 as amount_minor
              from unnest(v_open) as open(id)
              join origination.application a on a.cell = p_cell and a.id = open.id
              join origination.decision d on d.cell = a.cell and d.id = a.decision
              cross join lateral unnest(d.programs) as o(program)
             group by o.program order by o.program) t;
    perform funding.release_batch(p_cell, p_business_date, v_programs, v_amounts);
    v_ending := process.standing_at(p_cell, v_open, p_from);
    if cardinality(v_ending) > 0 then
        perform process.append_batch(p_cell, v_ending, 'origination', p_process_version,
            array_fill(p_step, array[cardinality(v_ending)]), p_at,
            array_fill('ended'::text, array[cardinality(v_ending)]));
    end if;
    return cardinality(v_open);
end $$;

create index ruling_of_day on origination.ruling (cell, business_date);
