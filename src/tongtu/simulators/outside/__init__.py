"""Tax, insurance and operator records that are none: made up, marked as such, and honest faults."""
