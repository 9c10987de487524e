-- A lender that decides in process signs each version of its policy once, and, beside the lane, one
-- root over its answers in a range of decisions. Times are parameters; `signed_s` is what was signed.

create table funding.policy_signature (
    lender smallint not null,
    policy_hash text not null check (policy_hash ~ '^[0-9a-f]{64}$'),
    key text not null,
    signed_s int8 not null,
    signature text not null,
    primary key (lender, policy_hash, key)
);

-- How far a cell's decisions are signed: each range is signed once, in the commit that moves this.
create table funding.signed_up_to (
    cell smallint primary key,
    decision int8 not null
);

create table funding.answer_root (
    cell smallint not null,
    lender smallint not null,
    after_decision int8 not null,
    last_decision int8 not null check (last_decision > after_decision),
    answers int4 not null check (answers > 0),
    root bytea not null check (octet_length(root) = 32),
    key text not null,
    signed_s int8 not null,
    signature text not null,
    primary key (cell, lender, last_decision)
);
