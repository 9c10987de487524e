"""Pure parts of access."""
