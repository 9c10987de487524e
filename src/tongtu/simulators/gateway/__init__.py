"""A licensed bureau that is none: what one platform deposits, one lender reads, once."""
