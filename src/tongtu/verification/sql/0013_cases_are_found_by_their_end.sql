-- Whose time is over is looked for each minute, among the cases that go on.
create index identity_case_end on verification.identity_case (cell, expires_at, id)
    where state in ('open', 'review');
