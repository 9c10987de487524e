-- Keyed hashes of what a member of staff and their family carry (phone, resident id, address, card):
-- the same hashes as a party's links. Nobody decides about a party that carries one of them.

create table identity.staff_tie (
    staff int8 not null,
    key int8 not null,
    kind text not null check (kind in ('phone', 'resident_id', 'address', 'card')),
    noted_at timestamptz not null,
    primary key (staff, key)
);
