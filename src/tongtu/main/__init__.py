"""The composition root: the only place that picks adapters, starts workers and stops them."""

from tongtu.main.serve import serve

__all__ = ["serve"]
