"""The one seam for time. Nothing else in the product may ask what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Gives instants (UTC-aware) and a monotonic reading in seconds."""

    def now(self) -> datetime: ...

    def monotonic_s(self) -> float: ...


class FixedClock:
    """A clock for tests and simulations: it moves only when told to."""

    def __init__(self, start: datetime = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("an instant must be aware of its zone")
        self._now = start

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._now.timestamp()

    def advance(self, by: timedelta) -> None:
        self._now += by


def business_date_of(instant: datetime, zone: str = "Asia/Shanghai") -> date:
    """Return the calendar date of `instant` in the business zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware of its zone")
    return instant.astimezone(ZoneInfo(zone)).date()
