-- Paper, table, reading and consents by their hashes, written with the signature; none of before.
alter table contracts.agreement add column binding text;
