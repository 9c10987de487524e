"""Spans and instants as a process file writes them."""

from __future__ import annotations

import re
from datetime import datetime

_SPAN = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")
_SECONDS = (86_400, 3_600, 60, 1)
MS = 1_000


def span_s(text: str) -> int:
    """Return the seconds of `P1DT2H30M10S`. Raises ValueError: years and months have no length."""
    found = _SPAN.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError(f"{text[:40]!r} is no span of days, hours, minutes and seconds")
    return sum(int(part) * unit for part, unit in zip(found.groups("0"), _SECONDS, strict=True))


def instant_ms(text: str) -> int:
    """Return milliseconds since 1970 of an instant with its offset. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text[:40]!r} says no offset from UTC")
    return int(at.timestamp() * MS)
