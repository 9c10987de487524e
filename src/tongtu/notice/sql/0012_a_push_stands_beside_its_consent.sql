-- What a person chose about pushes, and each push with the consent it stands on. Days and times are
-- parameters. A batch names one cell.

create table notice.push_choice (
    cell smallint not null,
    party int8 not null,
    is_on bool not null,
    is_student bool not null,  -- as the person said when choosing
    is_plain bool not null,    -- a view that is not personal
    changed_at timestamptz not null,
    primary key (cell, party)
);

create table notice.push (
    cell smallint not null,
    id int8 not null,          -- the notice in the box
    party int8 not null,
    consent int8 not null,
    consent_version text not null,
    template text not null,
    reason text not null,      -- why this person, in words they are shown
    is_plain bool not null,
    business_date date not null,
    at timestamptz not null,
    primary key (cell, id)
);
create index push_day on notice.push (cell, party, business_date);
