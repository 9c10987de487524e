-- Each query of a bureau: the intent before the call, what came after it. No name, no id number.

create table risk.bureau_query (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    provider text not null,
    purpose text not null check (purpose in ('loan_application', 'post_loan')),
    consent_version text not null,
    asked_at timestamptz not null,
    -- null: the answer is not known; the call may or may not have reached the bureau
    state text check (state in ('report', 'no_record', 'no_answer', 'malformed')),
    answered_at timestamptz,
    made_at timestamptz,
    debt_minor int8 not null default 0 check (debt_minor >= 0),
    primary key (cell, id),
    check ((state is null) = (answered_at is null)),
    check ((state in ('report', 'no_record')) = (made_at is not null) or state is null)
);
create index bureau_query_of_party on risk.bureau_query (cell, party, id);
