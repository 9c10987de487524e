"""What a table may be, what it may be asked, and what its golden cases prove."""
