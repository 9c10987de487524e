-- A record of a market of twenty lenders has up to 3 kB. PostgreSQL would cut those above 2 kB into
-- rows of their own with an index; they fit a page, and are read and written whole.
alter table origination.decision set (toast_tuple_target = 8160);
