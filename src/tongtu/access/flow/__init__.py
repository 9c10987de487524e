"""What access does, one module a noun."""
