-- Letters a law asks for, as they were given to a person; and contacts that collect a debt, tried and
-- answered. Days and times are parameters. A batch names one cell.

create table notice.letter (
    cell smallint not null,
    application int8 not null,
    letter text not null,           -- its name in the pack
    language text not null,
    pack_hash text not null,        -- the law it was written under
    sha256 bytea not null check (length(sha256) = 32),
    due_on date,                    -- until when it was owed; null: a fact was not known
    first_given_at timestamptz not null,
    primary key (cell, application, letter, language, sha256)
);

create table notice.contact (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    loan int8 not null,
    channel text not null,
    is_answered bool not null,
    actor int8 not null,            -- who dialled
    business_date date not null,
    at timestamptz not null,
    pack_hash text not null,
    primary key (cell, id)
);
create index contact_day on notice.contact (cell, party, business_date);
