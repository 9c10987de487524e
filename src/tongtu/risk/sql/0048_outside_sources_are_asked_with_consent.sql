-- Outside sources (tax, social insurance, operator): each query, what stands of each person, and
-- what a day may cost. Names of sources and features are those of rules/outside; no name, no id.

create table risk.outside_query (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    source text not null,
    purpose text not null check (purpose in ('loan_application', 'post_loan')),
    consent_version text not null,
    recipient text not null,
    cost_minor int8 not null check (cost_minor >= 0),
    charged_to text not null check (charged_to in ('platform', 'lender')),
    business_date date not null,
    asked_at timestamptz not null,
    -- null: the answer is not known; the query may or may not have reached the source
    state text check (state in ('answered', 'half', 'no_record', 'no_answer', 'malformed',
                                'over_budget')),
    answered_at timestamptz,
    made_at timestamptz,
    primary key (cell, id),
    check ((state is null) = (answered_at is null)),
    check ((state in ('answered', 'half', 'no_record')) = (made_at is not null) or state is null),
    check (state is distinct from 'over_budget' or cost_minor = 0)
);
create index outside_query_of_party on risk.outside_query (cell, party, source, id);
create index outside_query_of_day on risk.outside_query (business_date, source);

-- What a source last said of a person: our features by name. An answer that was made earlier never
-- takes the place of one that was made later.
create table risk.outside_row (
    cell smallint not null,
    party int8 not null,
    source text not null,
    state text not null check (state in ('answered', 'half', 'no_record')),
    made_at timestamptz not null,
    features jsonb not null check (jsonb_typeof(features) = 'object'),
    primary key (cell, party, source)
);

-- One row a source and day: no query leaves above the budget, whoever asks.
create table risk.outside_day (
    source text not null,
    business_date date not null,
    queries int8 not null check (queries > 0),
    spent_minor int8 not null check (spent_minor >= 0),
    primary key (source, business_date)
);

-- All that stands of a person, as a batch of decisions reads it in the probe it makes anyway:
-- rows of source, state, instant in seconds, features. Null for almost everybody.
alter table risk.background add column outside text;

-- For each party in order: what `background_batch` says, and what outside sources say.
create function risk.known_batch(
    p_cell smallint, p_parties int8[], out backgrounds int8[], out outside text[]
) language sql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
    set enable_hashjoin = off set enable_mergejoin = off
as $$
    select array_agg(coalesce(known.row, array[0, 0, 0, 0, 0]::int8[]) order by asked.n),
           array_agg(known.outside order by asked.n)
      from unnest(p_parties) with ordinality as asked (id, n)
      left join lateral (
        select array[s.name_score, s.bureau, coalesce(extract(epoch from s.bureau_at), 0)::int8,
                     s.bureau_overdue, s.bureau_inquiries]::int8[] as row, s.outside
          from risk.background s where s.cell = p_cell and s.party = asked.id limit 1
      ) known on true
$$;
