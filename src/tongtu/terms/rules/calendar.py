"""Due dates and parts of a year, exact: a part is a pair (numerator, denominator)."""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date

from tongtu.terms.model import DayCount

Part = tuple[int, int]


def due_date(seed: date, months: int) -> date:
    """Return the date `months` after `seed`; the seed's day is kept, clamped at month end."""
    index = seed.year * 12 + seed.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if seed.day <= 28:
        return date(year, month, seed.day)
    return date(year, month, min(seed.day, monthrange(year, month)[1]))


def part_of_year(day_count: DayCount, start: date, end: date) -> Part:
    """Return the part of a year from `start` to `end` under the day count."""
    return _PARTS[day_count](start, end)


def _act_act(start: date, end: date) -> Part:
    leap = plain = 0
    for year in range(start.year, end.year + 1):
        first, last = max(start, date(year, 1, 1)), min(end, date(year + 1, 1, 1))
        if isleap(year):
            leap += (last - first).days
        else:
            plain += (last - first).days
    return leap * 365 + plain * 366, 365 * 366


def _bond(start: date, end: date) -> Part:
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _thirties(start, end) + last - first, 360


def _euro(start: date, end: date) -> Part:
    return _thirties(start, end) + min(end.day, 30) - min(start.day, 30), 360


def _thirties(start: date, end: date) -> int:
    return (end.year - start.year) * 360 + (end.month - start.month) * 30


_PARTS: dict[DayCount, Callable[[date, date], Part]] = {
    DayCount.MONTHLY: lambda _start, _end: (1, 12),
    DayCount.ACT_360: lambda start, end: ((end - start).days, 360),
    DayCount.ACT_365F: lambda start, end: ((end - start).days, 365),
    DayCount.ACT_ACT_ISDA: _act_act,
    DayCount.BOND_30_360: _bond,
    DayCount.EURO_30E_360: _euro,
}
