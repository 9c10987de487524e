"""The SQL of servicing. Callers own the transaction."""
