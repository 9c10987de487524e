"""What funding decides without I/O: lenders' policies and prices as one book."""
