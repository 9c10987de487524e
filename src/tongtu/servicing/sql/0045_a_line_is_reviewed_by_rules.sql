-- What the rules said of a running line, on which facts, and what came of it. What was said stays as
-- it was said; how far it has come moves on. `reviewed_on` is when a line was last looked at.

alter table servicing.facility add column reviewed_on date;
create index facility_unreviewed on servicing.facility (cell, (coalesce(reviewed_on, valid_from)))
    where not is_closed and agreement <> 0;
create index facility_frozen on servicing.facility (cell, id) where is_frozen and not is_closed;

create table servicing.line_review (
    cell smallint not null,
    id int8 not null,
    facility int8 not null,
    party int8 not null,
    lender smallint not null,
    occasion text not null check (occasion in ('schedule', 'late', 'paid_up', 'staff')),
    outcome text not null check (outcome in ('keep', 'raise', 'lower', 'suspend', 'resume', 'close')),
    reason text not null,
    limit_from_minor int8 not null check (limit_from_minor > 0),
    limit_to_minor int8 not null check (limit_to_minor >= 0),
    business_date date not null,
    counts_on date,                     -- the day on which an adverse change takes effect
    answer_by date not null,            -- until when the person may agree, or ask for a person
    facts text not null,                -- JSON: what the table was asked, no personal data
    rules_hash text not null,
    pack_hash text not null,
    model_hash text not null,           -- empty: no model scored
    salt bytea not null,
    at timestamptz not null,
    state text not null check (state in ('done', 'offered', 'accepted', 'lapsed', 'announced',
        'in_force', 'asked', 'disputed', 'held', 'upheld', 'overturned')),
    asked_at timestamptz,
    ruled_by int8,
    ruled_at timestamptz,
    ruling text,                        -- the code a person ruled by
    answered text,                      -- JSON: the facts when the person agreed to a raise
    primary key (cell, id),
    foreign key (cell, facility) references servicing.facility (cell, id),
    check ((ruled_by is null) = (ruled_at is null)),
    check (state not in ('upheld', 'overturned') or ruled_by is not null)
);
-- One at a time: what is open is answered before the line is looked at again.
create unique index line_review_open on servicing.line_review (cell, facility)
    where state in ('offered', 'announced', 'asked', 'disputed', 'held');
create index line_review_of_facility on servicing.line_review (cell, facility, id);
create index line_review_due on servicing.line_review (cell, state, id)
    where state in ('offered', 'announced', 'asked', 'disputed', 'held');

create function servicing.guard_line_review() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
        or (new.cell, new.id, new.facility, new.party, new.lender, new.occasion, new.outcome,
            new.reason, new.limit_from_minor, new.limit_to_minor, new.business_date, new.counts_on,
            new.answer_by, new.facts, new.rules_hash, new.pack_hash, new.model_hash, new.salt,
            new.at) is distinct from
           (old.cell, old.id, old.facility, old.party, old.lender, old.occasion, old.outcome,
            old.reason, old.limit_from_minor, old.limit_to_minor, old.business_date, old.counts_on,
            old.answer_by, old.facts, old.rules_hash, old.pack_hash, old.model_hash, old.salt,
            old.at) then
        raise exception 'what a review said is kept as it was said' using errcode = 'TQ022';
    end if;
    return new;
end $$;
create trigger line_review_stays before update or delete on servicing.line_review
    for each row execute function servicing.guard_line_review();
