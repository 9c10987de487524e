"""Pure parts of the checkup: recomputation, causes, the law, ranking."""
