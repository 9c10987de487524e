-- A day end asks again and again what was signed on its day, also while it holds the books.

create index agreement_of_day on contracts.agreement (cell, business_date) where status = 'signed';
