"""Durable cases of the process engine, beside SpiffWorkflow and beside a commit a step."""
