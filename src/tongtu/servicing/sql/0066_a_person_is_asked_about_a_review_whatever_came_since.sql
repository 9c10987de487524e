-- Who asks for a person about a change that counts is heard though a later review is open: what is
-- disputed stands beside it.
drop index servicing.line_review_open;
create unique index line_review_open on servicing.line_review (cell, facility)
    where state in ('offered', 'announced', 'asked', 'held');
