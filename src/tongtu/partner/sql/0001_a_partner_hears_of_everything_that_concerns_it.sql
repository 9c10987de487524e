-- Webhooks of partners and every delivery to them. Times and ids are parameters; no secret is here:
-- it follows from the installation's root key, the webhook and its generation.

create schema if not exists partner;

create table partner.webhook (
    id int8 primary key,
    role text not null check (role in ('lender', 'merchant')),
    organisation int8 not null,
    url text not null check (length(url) between 8 and 500),
    events text[] not null check (cardinality(events) between 1 and 20),
    generation int4 not null default 1 check (generation >= 1),
    previous_until timestamptz,        -- the secret before this one still signs as well
    is_open bool not null default true,
    opened_at timestamptz not null
);
create index webhook_of_partner on partner.webhook (role, organisation) where is_open;

-- `event` is the id of what happened: a receiver knows by it what it has had before.
create table partner.delivery (
    cell smallint not null,
    webhook int8 not null,
    event int8 not null,
    kind text not null,
    body bytea not null,
    happened_at timestamptz not null,
    state text not null check (state in ('waiting', 'delivered', 'parked')),
    attempts int4 not null default 0,
    next_at timestamptz not null,
    status int4,                       -- of the last attempt; null: no answer at all
    fault text not null default '',
    ended_at timestamptz,
    primary key (cell, webhook, event),
    check ((state = 'waiting') = (ended_at is null))
);
create index delivery_due on partner.delivery (cell, next_at) where state = 'waiting';
create index delivery_of_webhook on partner.delivery (webhook, event);
