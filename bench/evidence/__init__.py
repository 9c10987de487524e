"""What the evidence log costs a transfer, and what a tampered copy of 100,000 entries tells."""
