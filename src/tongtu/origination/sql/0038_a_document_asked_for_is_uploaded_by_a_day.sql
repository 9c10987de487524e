-- A case whose documents are asked for leaves the desk's queues until all of them are in or their day
-- has passed. `staff` is the case's clerk. A request of before has no day: its case waits nowhere.

alter table origination.document_request
    add column answer_by date,
    add column received text[] not null default '{}',
    add column complete_at timestamptz;
