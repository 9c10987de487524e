"""Rows of access, one module a noun."""
