-- How surely it is known who a person is (0 to 3), and until when that stands: told by verification's
-- verdicts, read by each batch of decisions. Rows that stand are looked at by a later migration.

alter table risk.background
    add column verified smallint not null default 0,
    add column verified_until timestamptz,
    add constraint background_verified_check check (verified between 0 and 3) not valid,
    add constraint background_check1 check ((verified = 0) = (verified_until is null)) not valid;

-- For each party in order: name score, bureau, its instant in seconds, overdue, inquiries, level of
-- verification, the second in which that ends; and what outside sources say.
create or replace function risk.known_batch(
    p_cell smallint, p_parties int8[], out backgrounds int8[], out outside text[]
) language sql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
    set enable_hashjoin = off set enable_mergejoin = off
as $$
    select array_agg(coalesce(known.row, array[0, 0, 0, 0, 0, 0, 0]::int8[]) order by asked.n),
           array_agg(known.outside order by asked.n)
      from unnest(p_parties) with ordinality as asked (id, n)
      left join lateral (
        select array[s.name_score, s.bureau, coalesce(extract(epoch from s.bureau_at), 0)::int8,
                     s.bureau_overdue, s.bureau_inquiries, s.verified,
                     coalesce(extract(epoch from s.verified_until), 0)::int8]::int8[] as row,
               s.outside
          from risk.background s where s.cell = p_cell and s.party = asked.id limit 1
      ) known on true
$$;
