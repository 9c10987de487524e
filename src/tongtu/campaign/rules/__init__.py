"""Whom a campaign looks at, whom it draws, and what it was worth. Pure."""
