"""A licensed verifier and a telephone operator that are none: honest answers, drawn faults."""
