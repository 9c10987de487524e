"""What a resident id says besides who it is: a soft signal, never a ground of refusal. Pure."""

from __future__ import annotations

# The first two digits by GB/T 2260: provinces and what has their rank. Codes below them were
# retired and moved for forty years, and an id keeps the code of the place that gave it out.
_RANGES = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
PROVINCES = frozenset(str(code) for first, last in _RANGES for code in range(first, last + 1))
SYNTHETIC = "99"


def region_words(resident_id: str) -> tuple[str, ...]:
    """Return `region_unknown` where no province has the id's first digits."""
    first = resident_id[:2]
    return () if first in PROVINCES or first == SYNTHETIC else ("region_unknown",)
