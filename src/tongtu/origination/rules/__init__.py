"""What origination decides without I/O: the engine, the record of a decision, its answer."""
