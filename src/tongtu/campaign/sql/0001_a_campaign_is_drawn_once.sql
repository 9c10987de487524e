-- Pushes to a segment, as one person proposed and another approved them, and each member as they were
-- drawn. A campaign is platform-wide; a member lies in the person's cell.
create schema campaign;

create table campaign.campaign (
    id int8 primary key,
    plan jsonb not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    proposed_by int8 not null,
    proposed_at timestamptz not null,
    approval int8 unique,
    approved_at timestamptz,
    stopped_at timestamptz,
    stopped_by int8,                                   -- null: its own stop rule
    stopped_why text check (length(stopped_why) between 3 and 200),
    check (ends_at > starts_at),
    check ((approval is null) = (approved_at is null)),
    check ((stopped_at is null) = (stopped_why is null)),
    check (stopped_at is null or approved_at is not null)
);

create table campaign.member (
    cell smallint not null,
    campaign int8 not null,
    party int8 not null,
    "group" text not null check ("group" in ('push', 'hold_out')),
    chance_ppm int4 not null check (chance_ppm between 1 and 999999),
    stratum text not null,
    fate text not null default 'due' check (fate in ('due', 'pushed', 'refused')),
    enrolled_on date not null,
    enrolled_at timestamptz not null,
    push int8,                                         -- in notice.push, beside its consent
    refusal text,                                      -- the rules against the push
    primary key (cell, campaign, party),
    check ((fate = 'pushed') = (push is not null)),
    check ((fate = 'refused') = (refusal is not null)),
    check ("group" = 'push' or fate = 'due')           -- the held out are never pushed to
);
create index member_due on campaign.member (cell, campaign, party) where fate = 'due' and "group" = 'push';

-- How far the enrolment of a cell has come: it is taken up where it stopped.
create table campaign.progress (
    cell smallint not null,
    campaign int8 not null,
    after_party int8 not null,
    is_done bool not null,
    primary key (cell, campaign)
);
