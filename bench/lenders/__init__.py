"""A market as large as one likes: the shipped lenders and more of them, as a folder of rules.

`write_rules(folder, lenders)` writes what `load_book`, `load_engine` and `tongtu serve` (setting
`rules`) read; the same number gives the same files. The lenders that are added are invented.
"""

from bench.lenders.write import LENDERS_MAX, SHIPPED, write_rules

__all__ = ["LENDERS_MAX", "SHIPPED", "write_rules"]
