-- Each time credit information was to reach a lender: to whom, for what, by which consent and route,
-- and what became of it. The information itself is nowhere here.

create table risk.credit_share (
    cell smallint not null,
    request int8 not null,          -- of funding: what the lender was asked
    party int8 not null,
    lender smallint not null,
    route text not null,
    purpose text not null,
    consent_version text not null,  -- empty: there was no consent, and nothing left
    reference text not null check (reference ~ '^[0-9a-f]{32}$'),
    intent_at timestamptz not null,
    state text check (state in ('deposited', 'no_answer', 'refused')),
    rule text not null default '',  -- of the pack, where it was refused
    attempts int4 not null default 1,
    ended_at timestamptz,
    primary key (cell, request),
    check ((state is null) = (ended_at is null)),
    check ((state = 'refused') = (rule <> '') or state is null)
);
create index credit_share_of_party on risk.credit_share (cell, party, intent_at);
