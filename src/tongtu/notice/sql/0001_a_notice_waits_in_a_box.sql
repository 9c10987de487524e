-- A notice waits here for whoever carries it: the address lies sealed in the body, and found by
-- its keyed hash.

create schema notice;

create table notice.box (
    cell smallint not null,
    id int8 not null,
    party int8,
    address_blind bytea not null check (length(address_blind) = 32),
    channel text not null check (channel in ('sms')),
    template text not null,
    body bytea not null,
    at timestamptz not null,
    primary key (cell, id)
);
create index box_address on notice.box (cell, address_blind, id);
