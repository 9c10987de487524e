-- By what a caller signs in, and how fresh their last proof is. Tokens themselves stay in identity.

create schema access;

-- The private half never leaves the device; `counter` only grows, so a copied device shows itself.
create table access.passkey (
    cell smallint not null,
    id int8 not null,
    owner int8 not null,
    role text not null,
    credential bytea not null check (length(credential) between 16 and 1023),
    public_key bytea not null check (length(public_key) between 32 and 1200),
    counter int8 not null check (counter >= 0),
    label text not null check (length(label) between 1 and 60),
    added_at timestamptz not null,
    used_at timestamptz,
    ended_at timestamptz,
    primary key (cell, id)
) with (fillfactor = 80);
create unique index passkey_credential on access.passkey (cell, credential);
create index passkey_owner on access.passkey (cell, owner);

-- A challenge is sealed and names its own end; only those that were answered are kept, until then.
create table access.used_challenge (
    cell smallint not null,
    hash bytea not null check (length(hash) = 32),
    expires_at timestamptz not null,
    primary key (cell, hash)
);
create index used_challenge_end on access.used_challenge (cell, expires_at);

-- One row a token that somebody signed in for; a token without one is never fresh.
create table access.session (
    cell smallint not null,
    token_hash bytea not null check (length(token_hash) = 32),
    subject int8 not null,
    role text not null,
    method text not null check (method in ('code', 'passkey', 'password_totp', 'delegation')),
    device text not null check (length(device) <= 80),
    delegation int8,
    signed_in_at timestamptz not null,
    fresh_at timestamptz not null,
    primary key (cell, token_hash)
) with (fillfactor = 80);
create index session_subject on access.session (cell, subject);

-- What happened to somebody's ways of signing in; readable by them, never changed.
create table access.event (
    cell smallint not null,
    id int8 not null,
    subject int8 not null,
    kind text not null check (length(kind) between 3 and 40),
    detail text not null check (length(detail) <= 120),
    at timestamptz not null,
    primary key (cell, id)
);
create index event_subject on access.event (cell, subject, id);
