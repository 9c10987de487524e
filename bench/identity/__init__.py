"""From a card to a verdict over HTTP, step by step, and what is read of forty cards."""
