"""The SQL of funding. Callers own the transaction."""
