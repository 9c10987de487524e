"""Durable transfers through the ledger lane beside pgbench TPC-B on the same server."""
