"""How a price is made, tried and judged. Pure."""
