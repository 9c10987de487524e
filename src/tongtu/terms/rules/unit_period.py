"""Unit periods: how the United States count time for a rate.

Source: 12 CFR 1026 (Regulation Z), Appendix J, paragraphs (b)(2) to (b)(5). "Months back" are
counted from the later date, "days" forward from the earlier one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from itertools import pairwise

_MONTHS_A_YEAR = 12
_WEEKS_A_YEAR = 52
_DAYS_A_YEAR = 365
_DAYS_A_WEEK = 7
# (b)(5)(ii), (iii): a month counts 30 days where a part of one is taken, half a month 15.
_DAYS_A_MONTH = 30
_DAYS_HALF_A_MONTH = 15


class Interval(Enum):
    """The standard intervals of (b)(4), and the day."""

    DAY = "day"
    HALF_MONTH = "half_month"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class UnitPeriod:
    """`count` intervals, at most a year; twelve months are a year."""

    interval: Interval
    count: int

    @property
    def per_year(self) -> Fraction:
        """How many of them a year has."""
        if self.interval is Interval.HALF_MONTH:
            return Fraction(2 * _MONTHS_A_YEAR)
        if self.interval is Interval.MONTH:
            return Fraction(_MONTHS_A_YEAR, self.count)
        weeks, odd = divmod(self.count, _DAYS_A_WEEK)
        return Fraction(_DAYS_A_YEAR, self.count) if odd else Fraction(_WEEKS_A_YEAR, weeks)

    @property
    def days(self) -> Fraction:
        """Its usual length, to compare one with another."""
        if self.interval is Interval.DAY:
            return Fraction(self.count)
        months = Fraction(1, 2) if self.interval is Interval.HALF_MONTH else self.count
        return Fraction(_DAYS_A_YEAR, _MONTHS_A_YEAR) * months

    @property
    def is_standard(self) -> bool:
        """Whether (b)(4) names it: a day, weeks, half a month, months."""
        return self.interval is not Interval.DAY or self.count == 1 or not self.count % _DAYS_A_WEEK


_YEAR = UnitPeriod(Interval.MONTH, _MONTHS_A_YEAR)


@dataclass(frozen=True, slots=True)
class Series:
    """The day of the month a series of dates is scheduled for: its own unless several say it.

    (b)(3): dates on the last day of each month are counted from last day to last day; dates on
    the 29th or 30th use the last day of February.
    """

    day: int | None

    @classmethod
    def of(cls, days: Sequence[date]) -> Series:
        """Read the scheduled day off two or more dates."""
        if len(days) < 2:
            return cls(None)
        if all(one.day == _last(one.year, one.month) for one in days):
            return cls(31)
        seed = max(one.day for one in days)
        fits = all(one.day == min(seed, _last(one.year, one.month)) for one in days)
        return cls(seed if fits else None)

    def back(self, day: date, months: int) -> date:
        """Return the date so many months before a date of the series."""
        seed = self.day
        if seed is None or day.day != min(seed, _last(day.year, day.month)):
            seed = day.day
        index = day.year * _MONTHS_A_YEAR + day.month - 1 - months
        year, month = index // _MONTHS_A_YEAR, index % _MONTHS_A_YEAR + 1
        return date(year, month, min(seed, _last(year, month)))

    def months(self, start: date, end: date) -> tuple[int, int]:
        """Return the full months counted back from `end`, and the days left before them."""
        whole = (end.year - start.year) * _MONTHS_A_YEAR + end.month - start.month
        whole = max(whole + (self.back(end, whole) >= start) - 1, 0)
        return whole, (self.back(end, whole) - start).days


def unit_period(advances: Sequence[date], payments: Sequence[date]) -> UnitPeriod:
    """Return the unit period of a transaction whose first advance begins its term, by (b)(4).

    Both sequences rise; a payment lies after the first advance.
    """
    start, series = advances[0], Series.of(payments)
    if len(advances) == len(payments) == 1:
        return _term(start, payments[0], series)
    lent = list(pairwise(dict.fromkeys(advances)))
    paid = list(pairwise(dict.fromkeys((start, *payments))))
    return _commonest([*lent, *paid], series) or _average([*lent, *paid])


def elapsed(start: date, end: date, unit: UnitPeriod, series: Series) -> tuple[int, Fraction]:
    """Return the full unit periods between two dates and the part of one left, by (b)(5)."""
    if unit.interval is Interval.DAY:
        whole, odd = divmod((end - start).days, unit.count)
        return whole, Fraction(odd, unit.count)
    months, odd = series.months(start, end)
    if unit == _YEAR:
        years, left = divmod(months, _MONTHS_A_YEAR)
        if not odd:
            return years, Fraction(left, _MONTHS_A_YEAR)
        days = (series.back(end, years * _MONTHS_A_YEAR) - start).days
        return years, Fraction(days, _DAYS_A_YEAR)
    if unit.interval is Interval.MONTH and unit.count == 1:
        return months, Fraction(odd, _DAYS_A_MONTH)
    half = unit.interval is Interval.HALF_MONTH
    length = _DAYS_HALF_A_MONTH if half else _DAYS_A_MONTH * unit.count
    whole, left = divmod(months * _DAYS_A_MONTH + odd, length)
    return whole, Fraction(left, length)


def _term(start: date, end: date, series: Series) -> UnitPeriod:
    """Return the unit of one advance and one payment: the term itself, at most a year."""
    months, odd = series.months(start, end)
    if (months, odd) >= (_MONTHS_A_YEAR, 0):
        return _YEAR
    return UnitPeriod(Interval.DAY, (end - start).days) if odd else _months(months)


def _months(count: int) -> UnitPeriod:
    return UnitPeriod(Interval.MONTH, min(count, _MONTHS_A_YEAR))


def _commonest(spans: Sequence[tuple[date, date]], series: Series) -> UnitPeriod | None:
    """Return the period that occurs most often, and more than once; of equals the smaller."""
    seen: dict[UnitPeriod, list[int]] = {}
    for nr, (start, end) in enumerate(spans):
        for unit in _readings(start, end, series):
            seen.setdefault(unit, []).append(nr)
    common = [(unit, tuple(at)) for unit, at in seen.items() if len(at) > 1]
    # The same spans may be told as one month or as 31 days each: then a standard interval it is.
    standard = {at for unit, at in common if unit.is_standard}
    fit = [(unit, at) for unit, at in common if unit.is_standard or at not in standard]
    return min(fit, key=lambda one: (-len(one[1]), one[0].days))[0] if fit else None


def _readings(start: date, end: date, series: Series) -> list[UnitPeriod]:
    months, odd = series.months(start, end)
    days = (end - start).days
    found = [UnitPeriod(Interval.DAY, days)] if days < _DAYS_A_YEAR else []
    if months and not odd:
        found.append(_months(months))
    elif not found:
        found.append(_YEAR)
    if _is_half_month(start, end):
        found.append(UnitPeriod(Interval.HALF_MONTH, 1))
    return found


def _is_half_month(start: date, end: date) -> bool:
    """Whether the two dates are a pair such as 1st and 16th, or 15th and last day."""
    early, late = sorted((start, end), key=lambda one: one.day)
    if not 13 <= (end - start).days <= 16:
        return False
    last = late.day == _last(late.year, late.month)
    return late.day - early.day == _DAYS_HALF_A_MONTH or (early.day in (14, 15) and last)


def _average(spans: Sequence[tuple[date, date]]) -> UnitPeriod:
    """Return the standard interval nearest to the average span; of two as near the smaller."""
    mean = Fraction(sum((end - start).days for start, end in spans), len(spans))
    known = [
        UnitPeriod(Interval.DAY, 1),
        UnitPeriod(Interval.HALF_MONTH, 1),
        *(UnitPeriod(Interval.DAY, _DAYS_A_WEEK * n) for n in range(1, _WEEKS_A_YEAR + 1)),
        *(_months(n) for n in range(1, _MONTHS_A_YEAR + 1)),
    ]
    return min(known, key=lambda unit: (abs(unit.days - mean), unit.days))


def _last(year: int, month: int) -> int:
    return monthrange(year, month)[1]
