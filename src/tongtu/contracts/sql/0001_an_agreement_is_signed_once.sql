-- Cost tables as shown, agreements as signed, documents sealed. Time, ids and salts are parameters.

create schema if not exists contracts;

-- The cost table of one offer: written at the first look, confirmed once, never changed otherwise.
create table contracts.disclosure (
    cell smallint not null,
    offer int8 not null,
    application int8 not null,
    party int8 not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    salt bytea not null,
    body text not null,        -- canonical JSON: what was hashed is what was shown
    deal text not null,        -- canonical JSON of the figures all papers share
    shown_at timestamptz not null,
    readable_at timestamptz not null check (readable_at >= shown_at),
    confirmed_at timestamptz check (confirmed_at >= readable_at),
    primary key (cell, offer)
) with (fillfactor = 80);

create table contracts.agreement (
    cell smallint not null,
    id int8 not null,
    offer int8 not null,
    application int8 not null,
    party int8 not null,
    lender smallint not null,
    status text not null check (status in ('ready', 'signed', 'replaced')),
    business_date date not null,
    deal text not null,
    draft_sha256 bytea not null check (octet_length(draft_sha256) = 32),
    signed_sha256 bytea check (octet_length(signed_sha256) = 32),
    salt bytea not null,
    prepared_at timestamptz not null,
    signed_at timestamptz,
    primary key (cell, id),
    check ((status = 'signed') = (signed_sha256 is not null and signed_at is not null))
) with (fillfactor = 80);
-- One agreement of an offer counts; a signed one can never get a rival.
create unique index agreement_of_offer on contracts.agreement (cell, offer)
    where status <> 'replaced';
create index agreement_of_party on contracts.agreement (cell, party, id);

-- A document holds a person's name, so its bytes are sealed like the vault's, bound to their hash.
create table contracts.document (
    cell smallint not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    agreement int8 not null,
    kind text not null check (kind in ('draft', 'signed')),
    sealed bytea not null,
    bytes int4 not null check (bytes > 0),
    at timestamptz not null,
    primary key (cell, sha256)
);
alter table contracts.document alter column sealed set storage external;
create index document_of_agreement on contracts.document (cell, agreement, kind);

-- A signed paper stays: neither it nor what it says may be changed or taken away.
create function contracts.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'a signed agreement and its document stay as they are'
        using errcode = 'TQ020';
end $$;
create trigger signed_stays before update or delete on contracts.agreement
    for each row when (old.status = 'signed') execute function contracts.refuse_change();
create trigger document_stays before update or delete on contracts.document
    for each row when (old.kind = 'signed') execute function contracts.refuse_change();
