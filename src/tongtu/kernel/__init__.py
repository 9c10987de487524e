"""Value types that every context shares. Imports nothing of ours, does no I/O."""
