-- A party is an id and derived facts; whatever names a person lies sealed in identity.vault.

create schema identity;

create table identity.party (
    cell smallint not null,
    id int8 not null,
    state text not null default 'open' check (state in ('open', 'erased')),
    is_identified boolean not null default false,
    adult_on date,
    consent_mask int8 not null default 0 check (consent_mask >= 0),
    opened_at timestamptz not null,
    primary key (cell, id),
    check (is_identified = (adult_on is not null))
) with (fillfactor = 80);

create table identity.vault (
    cell smallint not null,
    party int8 not null,
    kind text not null check (kind in ('phone', 'name', 'resident_id', 'address', 'card')),
    sealed bytea not null,
    blind bytea not null check (length(blind) = 32),
    written_at timestamptz not null,
    primary key (cell, party, kind)
);

-- Every look into the vault leaves a row: who read which kinds of whom.
create table identity.vault_access (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    role text not null,
    reader int8 not null,
    kinds text[] not null,
    at timestamptz not null,
    primary key (cell, id)
);
create index vault_access_party on identity.vault_access (cell, party, id);

-- A phone or resident id belongs to one party. The row lies in the cell of its own hash and is
-- claimed in its own commit, before the party exists.
create table identity.handle (
    cell smallint not null,
    kind text not null check (kind in ('phone', 'resident_id')),
    blind bytea not null check (length(blind) = 32),
    party int8 not null,
    claimed_at timestamptz not null,
    primary key (cell, kind, blind)
);

create table identity.consent (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    scope text not null,
    recipient smallint not null default 0 check (recipient between 0 and 40),
    version text not null,
    salt bytea not null check (length(salt) = 16),
    granted_at timestamptz not null,
    withdrawn_at timestamptz,
    primary key (cell, id)
);
create unique index consent_live on identity.consent (cell, party, scope, recipient)
    where withdrawn_at is null;

-- One row a batch of uses: parties and the consents that were live when their data moved.
create table identity.consent_use (
    cell smallint not null,
    id int8 not null,
    parties int8[] not null,
    masks int8[] not null,
    at timestamptz not null,
    primary key (cell, id)
);

create table identity.code (
    cell smallint not null,
    id int8 not null,
    phone_blind bytea not null check (length(phone_blind) = 32),
    code_hash bytea not null check (length(code_hash) = 32),
    tries smallint not null default 0 check (tries between 0 and 5),
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (cell, id)
);
create index code_phone on identity.code (cell, phone_blind);

-- How often something was tried in the present window; one row a key, never more.
create table identity.attempt (
    cell smallint not null,
    key bytea not null check (length(key) = 32),
    window_at timestamptz not null,
    used int4 not null check (used > 0),
    primary key (cell, key)
) with (fillfactor = 80);

-- Staff and partners: a short platform-wide list, without a cell.
create table identity.staff (
    id int8 primary key,
    login text not null unique,
    role text not null check (role in ('lender', 'clerk', 'analyst', 'operator', 'regulator')),
    organisation int8 not null default 0,
    opened_at timestamptz not null
);

create table identity.token (
    cell smallint not null,
    hash bytea not null check (length(hash) = 32),
    role text not null
        check (role in ('borrower', 'lender', 'clerk', 'analyst', 'operator', 'regulator')),
    subject int8 not null,
    organisation int8 not null default 0,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (cell, hash)
);
create index token_hash on identity.token (hash);
create index token_subject on identity.token (cell, subject);

create table identity.approval (
    cell smallint not null,
    id int8 not null,
    operation text not null,
    subject int8 not null,
    body bytea not null,
    body_hash bytea not null check (length(body_hash) = 32),
    state text not null check (state in ('proposed', 'approved', 'rejected', 'spent')),
    maker int8 not null,
    proposed_at timestamptz not null,
    expires_at timestamptz not null,
    checker int8,
    decided_at timestamptz,
    spent_at timestamptz,
    primary key (cell, id),
    check (checker is null or checker <> maker)
);

-- One probe a party, whatever plan was made while the table was empty: hence lateral and limit.
create function identity.find_parties(p_cell smallint, p_parties int8[])
returns table (n int, is_identified boolean, adult_on date, consent_mask int8)
language sql stable as $$
    select asked.n::int, party.is_identified, party.adult_on, party.consent_mask
    from unnest(p_parties) with ordinality as asked (id, n)
    cross join lateral (
        select p.is_identified, p.adult_on, p.consent_mask from identity.party p
        where p.cell = p_cell and p.id = asked.id and p.state = 'open'
        limit 1
    ) party
$$;

create function identity.use_consents(
    p_cell smallint, p_id int8, p_parties int8[], p_masks int8[], p_at timestamptz
) returns int8[]
language plpgsql as $$
declare
    live int8[];
begin
    select array_agg(
        coalesce(party.consent_mask, 0) & asked.mask order by asked.n
    ) into live
    from unnest(p_parties, p_masks) with ordinality as asked (id, mask, n)
    left join identity.party
        on party.cell = p_cell and party.id = asked.id and party.state = 'open';
    if live is null then
        return array[]::int8[];
    end if;
    insert into identity.consent_use (cell, id, parties, masks, at)
    values (p_cell, p_id, p_parties, live, p_at);
    return live;
end
$$;

-- A token is looked up by its hash alone: the caller's cell is what this answers.
create function identity.find_tokens(p_hashes bytea[], p_at timestamptz)
returns table (
    n int, role text, subject int8, organisation int8, cell smallint, expires_at timestamptz
)
language sql stable as $$
    select asked.n::int, token.role, token.subject, token.organisation, token.cell,
        token.expires_at
    from unnest(p_hashes) with ordinality as asked (hash, n)
    cross join lateral (
        select t.role, t.subject, t.organisation, t.cell, t.expires_at from identity.token t
        where t.hash = asked.hash and t.revoked_at is null and t.expires_at > p_at
        limit 1
    ) token
$$;
