"""Keeps the collector of cycles away from what a start has made and what a batch makes."""

from __future__ import annotations

import gc

# New containers before the youngest are looked through; a batch of decisions makes some ten
# thousand that end with it, and Python's own 700 looks at each of them again and again.
YOUNG_MAX = 50_000


def settle_memory() -> None:
    """Leave what the start has made, and what stays for ever, out of every later collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, 10, 10)
