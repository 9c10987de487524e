-- That a recipient of a person's data was told of something they have to follow: once a cause (the
-- request or the consent), in the commit of what they are told of.

create table identity.recipient_told (
    cell smallint not null,
    cause int8 not null,
    lender int8 not null,
    party int8 not null,
    what text not null check (what in ('corrected', 'erased', 'consent_withdrawn')),
    kinds text[] not null,               -- of a correction: which values, never the values
    at timestamptz not null,
    primary key (cell, cause, lender)
);
create index recipient_told_of_party on identity.recipient_told (cell, party);
