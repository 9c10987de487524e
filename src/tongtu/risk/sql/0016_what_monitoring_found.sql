-- How far the newest look at the models has come, and what it said when it was done.
create table risk.monitoring (
    one bool primary key default true check (one),
    began_at timestamptz not null,
    looked int4 not null default 0,
    of int4 not null default 0,
    done_at timestamptz,
    report jsonb
);

-- Something that moved beyond its line; open until it has come back well below it.
create table risk.alarm (
    id int8 primary key,
    kind text not null check (kind in ('score_shift', 'feature_shift')),
    subject text not null,
    model text not null,
    value float8 not null,
    line float8 not null,
    raised_at timestamptz not null,
    cleared_at timestamptz
);
create unique index open_alarm on risk.alarm (kind, subject) where cleared_at is null;
