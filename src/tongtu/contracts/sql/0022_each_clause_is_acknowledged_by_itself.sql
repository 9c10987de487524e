-- That a highlighted clause was acknowledged: which, in which words, when by our clock. Part of the
-- record of a disclosure; inserted once for the same words, never changed.

create table contracts.acknowledgement (
    cell smallint not null,
    offer int8 not null,
    clause text not null check (clause ~ '^[a-z_]{1,32}$'),
    sha256 bytea not null check (octet_length(sha256) = 32),
    body text not null,        -- canonical JSON: id, version, the words as they were shown
    at timestamptz not null,
    primary key (cell, offer, clause, sha256)
);
create trigger acknowledgement_stays before update on contracts.acknowledgement
    for each row execute function contracts.refuse_change();
