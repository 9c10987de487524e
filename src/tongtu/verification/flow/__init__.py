"""What verification does, one command at a time."""
