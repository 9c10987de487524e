-- Who refuses what another person proposed says why; what waits is listed.

alter table identity.approval add column reason text check (length(reason) between 3 and 500);
create index approval_waiting on identity.approval (id) where state = 'proposed';
