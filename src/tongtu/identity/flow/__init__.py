"""What identity does, one module a noun; every write is a guarded statement or holds a lock."""
