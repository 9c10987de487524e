"""Parts of a year, exact: a part is a pair (numerator, denominator), a share is made of pairs."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from tongtu.terms.model.convention import DayCount, Every, LeapRule, Unit
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Period

Part = tuple[int, int]
# What a whole period of one unit is under a 30-day month, and in parts of a year.
_THIRTY = {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.SEMI_MONTHLY: 15, Unit.MONTHS: 30, Unit.YEARS: 360}
_A_YEAR = {Unit.WEEKS: 52, Unit.SEMI_MONTHLY: 24, Unit.MONTHS: 12, Unit.YEARS: 1}
_YEAR_DAYS = {
    DayCount.MONTHLY: 360,
    DayCount.MONTHLY_364: 364,
    DayCount.MONTHLY_365: 365,
    DayCount.ACT_360: 360,
    DayCount.ACT_364: 364,
    DayCount.ACT_365F: 365,
}
_BY_MONTH = {DayCount.MONTHLY, DayCount.MONTHLY_364, DayCount.MONTHLY_365, DayCount.MONTHLY_ACT}
_BY_YEAR = {DayCount.ACT_ACT, DayCount.ACT_ACT_ISDA, DayCount.MONTHLY_ACT}


class Share(NamedTuple):
    """The part of a year that some days are: the sum of `parts`, times `days` / `of_days`."""

    parts: tuple[Part, ...]
    days: int = 1
    of_days: int = 1

    def ratio(self) -> Part:
        """Return the share as one pair, not in lowest terms."""
        numerator, denominator = self.parts[0]
        for above, below in self.parts[1:]:
            numerator, denominator = numerator * below + above * denominator, denominator * below
        return numerator * self.days, denominator * self.of_days


def part_of_year(day_count: DayCount, start: date, end: date) -> Part:
    """Return the part of a year from `start` to `end`: a whole month where months are counted."""
    if day_count in _BY_MONTH:
        return 1, 12
    return Share(_parts(day_count, start, end)).ratio()


def share(terms: LoanTerms, period: Period, start: date, end: date) -> Share:
    """Return the share of a year from `start` to `end`, which lie within the period."""
    days = (end - start).days
    if terms.accrual.by_period and terms.every.unit in _A_YEAR:
        whole = (terms.every.count, _A_YEAR[terms.every.unit])
        return Share((whole,), days, period.days)
    if terms.day_count in _BY_YEAR:
        return _by_year(terms, period, start, end)
    if terms.day_count in _BY_MONTH:
        whole = (_thirty(terms.every), _YEAR_DAYS[terms.day_count])
        return Share((whole,), days, period.days)
    return Share(_parts(terms.day_count, start, end))


def _by_year(terms: LoanTerms, period: Period, start: date, end: date) -> Share:
    """Return the share where a year is as long as it is; a period over New Year is split."""
    leap = terms.accrual.leap
    has_leap_day = leap is LeapRule.FULL_YEAR or _has_29_february(period)
    if start.year != end.year and has_leap_day:
        return Share(_split(start, end, is_day_end=terms.accrual.is_day_end))
    year = 366 if isleap(start.year) and has_leap_day else 365
    if terms.day_count is DayCount.MONTHLY_ACT:
        whole = (_thirty(terms.every), year)
        return Share((whole,), (end - start).days, period.days)
    return Share((((end - start).days, year),))


def _split(start: date, end: date, *, is_day_end: bool) -> tuple[Part, ...]:
    """Return the days of each year over its length.

    Where a day's interest lies before the day, a year ends with its 31 December.
    """
    found: list[Part] = []
    first = start
    for year in range(start.year, end.year + 1):
        turn = date(year, 12, 31) if is_day_end else date(year + 1, 1, 1)
        last = end if year == end.year else turn
        found.append(((last - first).days, 366 if isleap(year) else 365))
        first = last
    return tuple(found)


def _has_29_february(period: Period) -> bool:
    """Tell whether a 29 February lies after the period's start and not after its due date."""
    return any(
        isleap(year) and period.start < date(year, 2, 29) <= period.due
        for year in range(period.start.year, period.due.year + 1)
    )


def _thirty(every: Every) -> int:
    return every.count * _THIRTY[every.unit]


def _parts(day_count: DayCount, start: date, end: date) -> tuple[Part, ...]:
    if day_count in _YEAR_DAYS:
        return (((end - start).days, _YEAR_DAYS[day_count]),)
    return _OTHERS[day_count](start, end)


def _bond(start: date, end: date) -> tuple[Part, ...]:
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return ((_thirties(start, end) + last - first, 360),)


def _euro(start: date, end: date) -> tuple[Part, ...]:
    return ((_thirties(start, end) + min(end.day, 30) - min(start.day, 30), 360),)


def _thirties(start: date, end: date) -> int:
    return (end.year - start.year) * 360 + (end.month - start.month) * 30


_OTHERS: dict[DayCount, Callable[[date, date], tuple[Part, ...]]] = {
    DayCount.ACT_ACT: lambda start, end: _split(start, end, is_day_end=True),
    DayCount.ACT_ACT_ISDA: lambda start, end: _split(start, end, is_day_end=False),
    DayCount.BOND_30_360: _bond,
    DayCount.EURO_30E_360: _euro,
}
