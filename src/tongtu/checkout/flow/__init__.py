"""Inside of the checkout context."""
