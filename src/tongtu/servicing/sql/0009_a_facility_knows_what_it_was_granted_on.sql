-- A facility names the application, decision, accepted offer, agreement and program it stands on; a
-- draw the day it was agreed and its term, so that what is not signed on its day lapses.

alter table servicing.facility
    add column application int8 not null default 0,
    add column decision int8 not null default 0,
    add column offer int8 not null default 0,
    add column agreement int8 not null default 0,
    add column program int8 not null default 0;
create unique index facility_of_agreement on servicing.facility (cell, agreement)
    where agreement <> 0;
create index facility_live on servicing.facility (cell, valid_to) where not is_closed;
alter table servicing.draw
    add column tenor_months smallint not null default 0 check (tenor_months between 0 and 120),
    add column agreed_on date;
create index draw_reserved on servicing.draw (cell, agreed_on) where state = 'reserved';
