"""A credit bureau that is none: made-up reports, marked as such, and honest faults."""
