"""Values of process: cases, what is asked of them, and what services are bound to."""
