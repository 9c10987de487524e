-- What an applicant uploads because a person asked to see it: sealed to its row, never in plain. At
-- the end of its term the content and the salt go; that it was there, and its commitment, stay.

create table identity.document (
    cell smallint not null,
    id int8 not null,
    party int8 not null,
    application int8 not null,
    kind text not null,
    media_type text not null
        check (media_type in ('application/pdf', 'image/jpeg', 'image/png')),
    size_bytes int4 not null check (size_bytes between 1 and 4194304),
    commitment bytea not null check (length(commitment) = 32),
    salt bytea check (length(salt) = 16),
    sealed bytea,
    uploaded_at timestamptz not null,
    kept_until date not null,
    erased_at timestamptz,
    primary key (cell, id),
    check ((sealed is null) = (erased_at is not null)),
    check ((salt is null) = (erased_at is not null))
);
-- A sealed value does not shrink: the server need not try.
alter table identity.document alter column sealed set storage external;
create index document_of_application on identity.document (cell, application, id);
create index document_to_erase on identity.document (cell, kept_until) where erased_at is null;

-- Every look at a document leaves a row.
create table identity.document_access (
    cell smallint not null,
    id int8 not null,
    document int8 not null,
    party int8 not null,
    role text not null,
    reader int8 not null,
    at timestamptz not null,
    primary key (cell, id)
);
create index document_access_document on identity.document_access (cell, document, id);
