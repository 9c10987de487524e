-- By what a member of staff signs in. The secret of the second factor is sealed to its row; a code
-- of it counts once: its step only grows.

create table access.staff_login (
    staff int8 primary key,
    password text not null check (length(password) between 60 and 200),
    secret bytea not null,
    step int8 not null default 0,
    set_at timestamptz not null
);
