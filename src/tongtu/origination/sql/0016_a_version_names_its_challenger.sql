-- A version of what decides also names the model that scores beside it; empty: none did.

alter table origination.version add column challenger_hash text not null default '';
