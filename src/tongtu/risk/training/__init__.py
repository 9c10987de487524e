"""Makes a scorecard from applications with known outcomes: numpy only, and deterministic."""
