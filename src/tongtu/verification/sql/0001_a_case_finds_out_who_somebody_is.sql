-- Whether a person is who they say. No name, number or picture stands here: results, levels, keyed
-- hashes and commitments. Pictures are sealed documents of identity.

create schema verification;

-- One attempt of a party to show who it is. One is open at a time.
create table verification.identity_case (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    channel text not null check (channel in ('web', 'phone', 'branch')),
    state text not null check (state in ('open', 'review', 'passed', 'refused', 'expired')),
    level smallint not null default 0 check (level between 0 and 3),
    risk_level smallint not null default 0 check (risk_level between 0 and 3),
    is_student boolean not null,
    has_source_of_funds boolean not null,
    reasons text[] not null default '{}',
    clerk int8,                -- the member of staff who took it over or decided it
    opened_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > opened_at),
    closed_at timestamptz,
    primary key (cell, id),
    check ((closed_at is null) = (state in ('open', 'review')))
) with (fillfactor = 80);
create unique index identity_case_open on verification.identity_case (cell, party)
    where state in ('open', 'review');
create index identity_case_review on verification.identity_case (cell, id) where state = 'review';

-- What was found out, one row a finding, never changed. distance_ppm is of a face, score a vendor's.
create table verification.element (
    cell smallint not null,
    id int8 not null,
    identity_case int8 not null,
    party int8 not null,
    way text not null check (way in ('authority', 'bank_card', 'video', 'face', 'document', 'phone',
                                     'branch', 'fingerprint')),
    outcome text not null check (outcome in ('yes', 'no', 'unknown', 'person')),
    provider text not null,
    is_certified boolean not null,
    detail text[] not null,    -- words of a closed list, no personal data
    distance_ppm int4,
    found_at timestamptz not null,
    staff int8,
    salt bytea not null check (length(salt) = 16),
    commitment bytea not null check (length(commitment) = 32),
    primary key (cell, id)
);
create index element_case on verification.element (cell, identity_case, id);

-- The intent to ask somebody outside, committed before the call.
create table verification.question (
    cell smallint not null,
    id int8 not null,
    identity_case int8 not null,
    party int8 not null,
    provider text not null,
    service text not null,
    asked_at timestamptz not null,
    state text check (state in ('match', 'mismatch', 'not_found', 'no_answer', 'malformed')),
    answered_at timestamptz,
    primary key (cell, id),
    check ((state is null) = (answered_at is null))
);
create index question_case on verification.question (cell, identity_case, id);

-- What stands of a party: the last verdict.
create table verification.standing (
    cell smallint not null,
    party int8 not null,
    identity_case int8 not null,
    level smallint not null check (level between 1 and 3),
    risk_level smallint not null check (risk_level between 1 and 3),
    verified_at timestamptz not null,
    valid_until timestamptz not null check (valid_until > verified_at),
    primary key (cell, party)
);
