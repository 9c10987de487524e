"""The language of rules, its compiler, dated parameters, and the proof of a pack."""
