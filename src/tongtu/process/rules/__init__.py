"""Pure parts of the engine: reading a file, compiling it, walking it."""
