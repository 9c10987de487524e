"""A bank of its own process: it books each payment once, and misbehaves as seeded."""
