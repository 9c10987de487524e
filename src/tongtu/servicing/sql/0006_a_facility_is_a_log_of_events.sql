-- A facility (额度): a grant, an append-only log, and its standing as a cache that draws are checked on.

create table servicing.facility (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    lender smallint not null,
    product text not null,
    granted_limit_minor int8 not null check (granted_limit_minor > 0),
    granted_rate_bps int4 not null check (granted_rate_bps between 0 and 10000),
    valid_from date not null,
    valid_to date not null,
    first_review_on date not null check (first_review_on between valid_from and valid_to),
    is_revolving bool not null,
    -- The cache of the fold: written with each event, under the row's lock.
    seq int4 not null check (seq > 0),
    limit_minor int8 not null check (limit_minor > 0),
    used_minor int8 not null default 0 check (used_minor >= 0),
    reserved_minor int8 not null default 0 check (reserved_minor >= 0),
    review_due_on date not null,
    is_frozen bool not null default false,
    is_closed bool not null default false,
    opened_at timestamptz not null,
    primary key (cell, id),
    check (not is_closed or (used_minor = 0 and reserved_minor = 0) or not is_revolving)
) with (fillfactor = 70);
create index facility_of_party on servicing.facility (cell, party, id);

create table servicing.facility_event (
    cell smallint not null,
    facility int8 not null,
    seq int4 not null,
    kind text not null check (kind in ('granted', 'raised', 'lowered', 'frozen', 'unfrozen',
        'reviewed', 'repriced', 'reserved', 'released', 'drawn', 'repaid', 'closed')),
    counts_on date not null,
    business_date date not null,
    amount_minor int8 not null,
    rate_bps int4,
    until date,
    subject int8 not null,
    salt bytea not null,
    at timestamptz not null,
    primary key (cell, facility, seq),
    foreign key (cell, facility) references servicing.facility (cell, id)
);
create trigger facility_event_stays before update or delete on servicing.facility_event
    for each row execute function servicing.refuse_change();

create table servicing.draw (
    cell smallint not null,
    id int8 not null,
    facility int8 not null,
    amount_minor int8 not null check (amount_minor > 0),
    rate_bps int4 not null,             -- the price of the day it was agreed, frozen
    state text not null check (state in ('reserved', 'drawn', 'released')),
    loan int8,
    primary key (cell, id),
    foreign key (cell, facility) references servicing.facility (cell, id),
    check ((state = 'drawn') = (loan is not null))
);
create unique index draw_of_loan on servicing.draw (cell, loan) where loan is not null;
create index draw_of_facility on servicing.draw (cell, facility, id);

create function servicing.guard_facility() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE'
        or (new.cell, new.id, new.party, new.lender, new.product, new.granted_limit_minor,
            new.granted_rate_bps, new.valid_from, new.valid_to, new.first_review_on,
            new.is_revolving) is distinct from
           (old.cell, old.id, old.party, old.lender, old.product, old.granted_limit_minor,
            old.granted_rate_bps, old.valid_from, old.valid_to, old.first_review_on,
            old.is_revolving) then
        raise exception 'the grant of a facility is frozen' using errcode = 'TQ022';
    end if;
    return new;
end $$;
create trigger facility_stays before update or delete on servicing.facility
    for each row execute function servicing.guard_facility();
