-- Phone, resident id, address and bank card of a party as 63-bit keyed hashes beside it, so that a
-- batch of decisions learns them from rows it reads anyway. They are the first bytes of the vault's
-- blind indexes: from them nothing can be read, and the vault stays closed.

alter table identity.party add column links int8[];

-- In the order phone, resident id, address, card; 0 = not given.
create function identity.note_links(p_cell smallint, p_party int8) returns void
language sql as $$
    update identity.party p
       set links = (
            select array_agg(coalesce((
                    select (('x' || encode(substr(v.blind, 1, 8), 'hex'))::bit(64)::int8 >> 1)
                           & 9223372036854775807
                      from identity.vault v
                     where v.cell = p_cell and v.party = p_party and v.kind = asked.kind), 0)
                order by asked.n)
              from unnest(array['phone', 'resident_id', 'address', 'card'])
                   with ordinality as asked (kind, n))
     where p.cell = p_cell and p.id = p_party;
$$;

-- The links of a batch of parties, in their order; zeros for a party that is not there.
create function identity.links_batch(p_cell smallint, p_parties int8[]) returns int8[]
language sql stable
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
    set enable_hashjoin = off set enable_mergejoin = off
as $$
    select array_agg(coalesce(party.links, array[0, 0, 0, 0]::int8[]) order by asked.n)
      from unnest(p_parties) with ordinality as asked (id, n)
      left join lateral (
        select p.links from identity.party p
         where p.cell = p_cell and p.id = asked.id limit 1
      ) party on true
$$;

-- Parties that gave something before they carried it.
select identity.note_links(p.cell, p.id) from identity.party p;
