"""A market that does not exist: lenders, the people who come, and what they would accept."""
