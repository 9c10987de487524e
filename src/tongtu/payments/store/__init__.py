"""The SQL of payments, one module a noun. Callers own the transaction."""
