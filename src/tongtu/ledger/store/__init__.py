"""The SQL of the ledger, by noun. Callers own the transaction."""
