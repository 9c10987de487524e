"""The rows of risk: models, signals, lists, reports."""
