"""Price experiments: proposed, approved, run by time block, stopped, and told of."""
