-- Who is shown what names a person whole says why, in words that the person can read.
alter table access.look add column reason text not null default '' check (length(reason) <= 200);
