"""Whole durable decisions beside a plain endpoint that inserts one row, in the same minute."""
