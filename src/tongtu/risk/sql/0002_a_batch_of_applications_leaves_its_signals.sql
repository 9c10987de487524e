-- What each application came with, as keyed hashes: one row a batch, in the commit that decides it.
-- The counts themselves are kept in memory and made again from these rows at each start.

-- `rows` is, for each application, nine little-endian int8: application, party, seconds since 1970,
-- device, internet address, phone, resident id, address, bank card; 0 = not known.
create table risk.signal_batch (
    cell smallint not null,
    id int8 not null,
    writer int8 not null,      -- the process that wrote it, which need not read it
    at timestamptz not null,
    rows bytea not null check (octet_length(rows) > 0 and octet_length(rows) % 72 = 0),
    primary key (cell, id)
);
alter table risk.signal_batch alter column rows set storage external;  -- hashes do not compress
create index signal_batch_of_time on risk.signal_batch (cell, at);
