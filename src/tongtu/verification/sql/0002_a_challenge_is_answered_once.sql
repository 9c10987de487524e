-- What is good for one time: challenges, frames, and the codes that move a case between channels.
-- Only keyed hashes stand here.

alter table verification.element drop constraint element_way_check;
alter table verification.element add constraint element_way_check
    check (way in ('authority', 'bank_card', 'video', 'face', 'document', 'card_back', 'phone',
                   'branch', 'fingerprint'));

create table verification.challenge (
    cell smallint not null,
    hash bytea not null check (length(hash) = 32),
    identity_case int8 not null,
    party int8 not null,
    actions text[] not null check (cardinality(actions) between 2 and 8),
    issued_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > issued_at),
    used_at timestamptz,
    primary key (cell, hash)
);
create index challenge_case on verification.challenge (cell, identity_case);

-- Every picture of a face that was ever looked at, of whomever: placed by its own hash.
create table verification.frame (
    cell smallint not null,
    hash bytea not null check (length(hash) = 32),
    identity_case int8 not null,
    seen_at timestamptz not null,
    primary key (cell, hash)
);

-- A code moves a case from one channel to another, once.
create table verification.resumption (
    cell smallint not null,
    id int8 not null,
    hash bytea not null check (length(hash) = 32),
    identity_case int8 not null,
    party int8 not null,
    to_channel text not null check (to_channel in ('web', 'phone', 'branch')),
    made_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > made_at),
    used_at timestamptz,
    used_by int8,
    primary key (cell, id),
    check ((used_at is null) = (used_by is null))
);
create index resumption_case on verification.resumption (cell, identity_case);
