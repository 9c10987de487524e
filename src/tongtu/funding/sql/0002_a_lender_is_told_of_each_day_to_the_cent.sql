-- One settlement a lender and closed day: the file it is told by, and what it answers.

create table funding.settlement (
    cell smallint not null,        -- the platform's own: a file holds the lender's money of all cells
    lender smallint not null,
    day date not null,
    opening_minor int8 not null,
    total_minor int8 not null,
    closing_minor int8 not null check (opening_minor + total_minor = closing_minor),
    lines int4 not null,
    content bytea not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    state text not null check (state in ('made', 'confirmed', 'disputed')),
    made_at timestamptz not null,
    answered_at timestamptz,
    answered_by int8,
    note text check (length(note) <= 500),
    primary key (cell, lender, day),
    check ((state = 'made') = (answered_at is null))
);

-- A file that was sent is never another one; it is answered once.
create function funding.guard_settlement() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.state <> 'made'
        or (new.cell, new.lender, new.day, new.opening_minor, new.total_minor, new.closing_minor,
            new.lines, new.content, new.sha256, new.made_at) is distinct from
           (old.cell, old.lender, old.day, old.opening_minor, old.total_minor, old.closing_minor,
            old.lines, old.content, old.sha256, old.made_at) then
        raise exception 'a settlement is not rewritten' using errcode = 'TQ022';
    end if;
    return new;
end $$;
create trigger settlement_stays before update or delete on funding.settlement
    for each row execute function funding.guard_settlement();
