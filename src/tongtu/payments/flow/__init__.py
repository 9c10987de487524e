"""What payments does in transactions, one module a verb."""
