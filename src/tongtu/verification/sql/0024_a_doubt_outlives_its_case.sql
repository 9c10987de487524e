-- Whoever opens a case anew is asked what became of the one before.
create index identity_case_of_party on verification.identity_case (cell, party, opened_at);
