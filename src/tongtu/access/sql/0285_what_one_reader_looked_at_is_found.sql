-- The audit trail asks what one member of staff looked at, newest first.
create index look_reader on access.look (cell, reader, id);
