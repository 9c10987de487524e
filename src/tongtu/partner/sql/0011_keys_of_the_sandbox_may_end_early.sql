-- A partner ended all keys to the sandbox that it had: those that would end at this second or
-- before (since 1970) open nothing any more.
create table partner.sandbox_ended (
    role text not null check (role in ('lender', 'merchant')),
    organisation int8 not null,
    through_s int8 not null,
    at timestamptz not null,
    primary key (role, organisation)
);
