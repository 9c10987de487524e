-- A row of delinquency is written by the day end only, for a loan that it has just read, and no loan
-- is ever deleted. The key made each such row lock its loan and so write the loan's whole page.

alter table servicing.delinquency drop constraint delinquency_cell_loan_fkey;
