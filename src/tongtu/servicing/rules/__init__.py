"""Pure arithmetic of a loan: fold, allocation, snapshot and postings."""
