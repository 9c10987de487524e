-- Lenders that decide on machines of their own: their keys, what they were asked, what they said.
-- Times and ids are parameters. No name, no id number, no credit information stands here.

-- A key is registered by two persons and never changes; a rotation ends the older one.
create table funding.lender_key (
    lender smallint not null,
    key text not null check (key ~ '^[0-9a-f]{16}$'),
    public bytea not null check (octet_length(public) = 32),
    approval int8 not null unique,
    valid_from timestamptz not null,
    valid_to timestamptz check (valid_to >= valid_from),
    primary key (lender, key)
);

-- The intent is committed before the call. `n` is the number the offer will have, if it comes.
create table funding.remote_request (
    cell smallint not null,
    id int8 not null,
    application int8 not null,
    decision int8 not null,
    party int8 not null,
    lender smallint not null,
    program int8 not null,
    n smallint not null,
    product text not null,
    purpose text not null,
    amount_minor int8 not null check (amount_minor > 0),
    tenor_months smallint not null check (tenor_months > 0),
    asked_at timestamptz not null,
    answer_by timestamptz not null,
    next_at timestamptz not null,
    attempts int4 not null default 0,
    state text not null check (state in
        ('asked', 'offered', 'declined', 'against_law', 'timed_out', 'contradicted')),
    reason text not null default '',   -- a rule of the pack, or the lender's own code
    bad_answers int4 not null default 0,
    answered_at timestamptz,
    key text,                          -- which of the lender's keys signed
    policy_hash text check (policy_hash ~ '^[0-9a-f]{64}$'),
    signature text,
    answer bytea,                      -- the very bytes that were signed
    offer jsonb,
    salt bytea not null check (octet_length(salt) = 16),
    primary key (cell, id),
    unique (cell, application, lender),
    unique (cell, application, n),
    constraint an_offer_is_signed check (state <> 'offered' or
        (key is not null and policy_hash is not null and signature is not null
         and answer is not null and offer is not null and answered_at is not null))
);
create index remote_request_due on funding.remote_request (cell, next_at) where state = 'asked';

-- Whatever came with a good signature, once for each content; `times` counts how often.
create table funding.remote_answer (
    cell smallint not null,
    request int8 not null,
    digest bytea not null check (octet_length(digest) = 32),
    verdict text not null check (verdict in
        ('offered', 'declined', 'against_law', 'late', 'contradiction', 'malformed')),
    key text not null,
    signature text not null,
    body bytea not null,
    received_at timestamptz not null,
    times int4 not null default 1,
    primary key (cell, request, digest)
);

-- The program of a remote lender's standing offer: what an acceptance of it is checked against.
create function funding.remote_program(p_cell smallint, p_application int8, p_n smallint)
returns int8 language sql stable as $$
    select r.program from funding.remote_request r
     where r.cell = p_cell and r.application = p_application and r.n = p_n
       and r.offer is not null and r.state in ('offered', 'contradicted')
$$;
