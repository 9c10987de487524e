-- A lender looks at what it promised today, and at what it promised and was not yet paid out.
create index commitment_of_a_lenders_day on funding.commitment (lender, day);
