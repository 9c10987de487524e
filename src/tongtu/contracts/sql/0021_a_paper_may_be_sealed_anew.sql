-- A signed paper stays as it is: the one thing that may change is the key it is sealed with. Only
-- the deed of sealing anew does that, in its own transaction; no other column may change with it.
-- At the end of the last term that a law keeps it for, the deed of erasing takes it whole.

create function contracts.stay_but_for_the_key() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE'
        and current_setting('tongtu.deed', true) = 'reseal'
        and (new.cell, new.sha256, new.agreement, new.kind, new.bytes, new.at)
            is not distinct from
            (old.cell, old.sha256, old.agreement, old.kind, old.bytes, old.at)
        and octet_length(new.sealed) between octet_length(old.sealed)
            and octet_length(old.sealed) + 2 then
        return new;
    end if;
    if tg_op = 'DELETE' and current_setting('tongtu.deed', true) = 'erase' then
        return old;
    end if;
    raise exception 'a signed agreement and its document stay as they are'
        using errcode = 'TQ020';
end $$;
create or replace function contracts.refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('tongtu.deed', true) = 'erase' then
        return old;
    end if;
    raise exception 'a signed agreement and its document stay as they are'
        using errcode = 'TQ020';
end $$;
drop trigger document_stays on contracts.document;
create trigger document_stays before update or delete on contracts.document
    for each row when (old.kind = 'signed')
    execute function contracts.stay_but_for_the_key();
