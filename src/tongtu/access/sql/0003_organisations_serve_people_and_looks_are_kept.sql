-- The organisation as rules/organisation.toml names it, who works where, which branch serves whom,
-- who looked at whose data, and who acts for whom until when.

create table access.organisation (
    id text primary key check (length(id) between 3 and 40),
    kind text not null check (
        kind in ('head_office', 'department', 'branch', 'lender', 'merchant', 'regulator')
    ),
    number int not null default 0 check (number between 0 and 9999),
    parent text references access.organisation (id),
    check ((number > 0) = (kind in ('branch', 'lender', 'merchant')))
);
create unique index organisation_number on access.organisation (kind, number) where number > 0;

create table access.member (
    staff int8 primary key,
    organisation text not null references access.organisation (id),
    team text not null default '' check (length(team) <= 40),
    since timestamptz not null
);

-- A person names the branch that serves them; without a row it is the digital finance department.
create table access.served_by (
    cell smallint not null,
    party int8 not null,
    branch int not null check (branch > 0),
    since timestamptz not null,
    primary key (cell, party)
);

-- Every look of somebody else at a person's data, besides those into the vault and at documents.
create table access.look (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    role text not null,
    reader int8 not null,
    organisation int8 not null,
    shows text not null check (length(shows) between 2 and 40),
    why text not null check (length(why) between 2 and 40),
    at timestamptz not null,
    primary key (cell, id)
);
create index look_party on access.look (cell, party, id);

-- The taker acts in the giver's role under their own name, never longer than `ends_at`.
create table access.delegation (
    id int8 primary key,
    giver int8 not null,
    taker int8 not null check (taker <> giver),
    role text not null,
    organisation int8 not null,
    allowed_by int8 not null check (allowed_by <> giver and allowed_by <> taker),
    begins_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > begins_at),
    ended_at timestamptz
);
create index delegation_taker on access.delegation (taker);
create index session_delegation on access.session (delegation) where delegation is not null;
