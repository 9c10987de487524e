"""Days a pack counts: months kept, working days until an answer."""

from __future__ import annotations

import calendar
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

_SATURDAY = 5
# No answer takes longer; more is a slip in a pack.
WORKING_DAYS_MAX = 250


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def working_day(day: date, count: int, off: AbstractSet[date], worked: AbstractSet[date]) -> date:
    """Return the `count`th day after `day` that is worked; weekends are off unless `worked`."""
    assert 0 <= count <= WORKING_DAYS_MAX
    while count:
        day += timedelta(days=1)
        if day in worked or (day.weekday() < _SATURDAY and day not in off):
            count -= 1
    return day


def working_days(first: date, last: date, off: AbstractSet[date], worked: AbstractSet[date]) -> int:
    """Return how many days after `first`, `last` included, are worked; at most the bound."""
    count = 0
    while first < last and count < WORKING_DAYS_MAX:
        first = working_day(first, 1, off, worked)
        count += first <= last
    return count
