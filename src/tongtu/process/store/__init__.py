"""The SQL of process: cases and their steps, definitions, runs, tasks."""
