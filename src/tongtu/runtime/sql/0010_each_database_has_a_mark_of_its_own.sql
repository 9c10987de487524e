-- Drawn once, at the first start: whatever is sealed under the root key for one database opens in
-- no other that is run with the same key. A copy of a database has the mark of what it is copied from.

alter table runtime.installation
    add column token_mark bytea check (length(token_mark) = 16);
