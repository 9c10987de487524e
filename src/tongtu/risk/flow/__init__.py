"""What risk does in transactions: which model decides, what was seen, lists, reports."""
