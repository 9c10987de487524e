"""A lender that is none: it decides by a small policy of its own, and errs as real ones do."""
