-- What a person was shown when they agreed: once for each text, however many agreed to it.

create table identity.consent_text (
    sha256 bytea primary key check (length(sha256) = 32),
    scope text not null,
    version text not null,
    language text not null check (language in ('zh', 'en')),
    title text not null,
    text text not null check (length(text) between 1 and 4000)
);
-- Null: given before texts were kept; its version names the pack that has them.
alter table identity.consent add column text_sha256 bytea check (length(text_sha256) = 32);
create index consent_of_party on identity.consent (cell, party, id);
