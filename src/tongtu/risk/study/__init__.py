"""Studies any table of cases with known outcomes: champion, challenger, blend, and their worth."""
