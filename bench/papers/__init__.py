"""What a contract of two signers costs, from its data to a paper that can be checked in years."""
