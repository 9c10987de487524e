"""The nouns of a loan's arithmetic: terms, conventions, calendars, fees, rows and flows."""
