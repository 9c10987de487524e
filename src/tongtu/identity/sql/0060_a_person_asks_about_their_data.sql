-- What a person asks about the data held of them, what was done, and until when the rest is kept.

create table identity.privacy_request (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    kind text not null check (kind in ('export', 'correct', 'erase')),
    state text not null check (state in ('asked', 'running', 'done', 'refused')),
    asked_at timestamptz not null,
    answer_by date not null,             -- by the law's own clock
    asked_by_role text not null,         -- the person, or a clerk for them
    asked_by int8 not null,
    decided_by int8,
    reason text check (length(reason) <= 500),
    ended_at timestamptz,
    pack_hash text not null,             -- the law it was judged by
    is_term bool not null default false, -- nobody asked: the last term was over
    primary key (cell, id),
    check ((state in ('done', 'refused')) = (ended_at is not null)),
    check (state <> 'refused' or reason is not null)
);
create index privacy_request_of_party on identity.privacy_request (cell, party, id);
create index privacy_request_open on identity.privacy_request (cell, answer_by)
    where state in ('asked', 'running');
-- A person has one open request of a kind: asked again, it is the same one.
create unique index privacy_request_once on identity.privacy_request (cell, party, kind)
    where state in ('asked', 'running');

-- What a request came to, one row a kind of record: erased now, or kept until a day by which rule.
create table identity.privacy_item (
    cell smallint not null,
    request int8 not null,
    holding text not null,
    fate text not null check (fate in ('erased', 'kept')),
    rows int8 not null check (rows >= 0),
    duty text,                           -- the kind of the pack's retention that keeps it
    kept_until date,                     -- null and kept: until a running contract has ended
    at timestamptz not null,
    primary key (cell, request, holding),
    check ((fate = 'kept') = (duty is not null)),
    check (fate = 'kept' or kept_until is null)
);
create index privacy_item_due on identity.privacy_item (cell, kept_until) where fate = 'kept';

-- What was put right: the values before and after, sealed to this row, and who decided. A request
-- that waits holds what is asked for here too.
create table identity.correction (
    cell smallint not null,
    request int8 not null,
    party int8 not null,
    kind text not null check (kind in ('name', 'address')),
    wanted bytea not null,               -- the value and the person's reason
    before bytea,                        -- null: not decided, or there was none
    primary key (cell, request)
);
create index correction_of_party on identity.correction (cell, party);
