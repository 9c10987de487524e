-- A member of staff who has left keeps their row, because what they did names it.
alter table identity.staff add column closed_at timestamptz;

-- A person reads who looked at what they uploaded.
create index document_access_party on identity.document_access (cell, party, id);
