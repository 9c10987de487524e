"""Due dates: counted from the seed, whose day is kept, then moved off holidays."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from tongtu.terms.model.calendar import HolidayCalendar, Shift
from tongtu.terms.model.convention import MonthEnd, Unit
from tongtu.terms.model.fault import BadTerms
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Period

# No country closes for longer; a calendar that does is a mistake.
OFF_DAYS_MAX = 60
_UNIT_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
_UNIT_MONTHS = {Unit.MONTHS: 1, Unit.YEARS: 12}


def due_date(seed: date, months: int, month_end: MonthEnd = MonthEnd.CLAMP) -> date:
    """Return the date `months` after `seed`; the seed's day is kept where the month has it."""
    return _on_day(seed.year * 12 + seed.month - 1 + months, seed.day, month_end)


def periods(terms: LoanTerms) -> tuple[Period, ...]:
    """Return the instalment periods. Raises BadTerms if a calendar puts two dues on one day."""
    found: list[Period] = []
    start = terms.start
    for nr, due in enumerate(_dues(terms), start=1):
        moved = _moved(due, terms.calendar) if terms.calendar else due
        if moved <= start:
            raise BadTerms("the holiday calendar leaves no day between two instalments")
        found.append(Period(nr, start, moved))
        start = moved
    return tuple(found)


def _dues(terms: LoanTerms) -> list[date]:
    every, numbers = terms.every, range(1, terms.instalments + 1)
    if every.unit in _UNIT_DAYS:
        step = timedelta(days=every.count * _UNIT_DAYS[every.unit])
        return [terms.start + nr * step for nr in numbers]
    if every.days is not None:
        return _half_months(terms, every.days)
    months = every.count * _UNIT_MONTHS[every.unit]
    return [due_date(terms.start, nr * months, terms.month_end) for nr in numbers]


def _half_months(terms: LoanTerms, days: tuple[int, int]) -> list[date]:
    """Return the next dues after the start on the two days of each month."""
    first = terms.start.year * 12 + terms.start.month - 1
    months = range(first - 1, first + terms.instalments // 2 + 2)
    every = [_on_day(month, day, terms.month_end) for month in months for day in days]
    return [due for due in every if due > terms.start][: terms.instalments]


def _on_day(month_index: int, day: int, month_end: MonthEnd) -> date:
    year, month = month_index // 12, month_index % 12 + 1
    if day <= 28 or day <= (last := monthrange(year, month)[1]):
        return date(year, month, day)
    if month_end is MonthEnd.ROLL:
        return date(year, month, last) + timedelta(days=1)
    return date(year, month, last)


def _moved(due: date, calendar: HolidayCalendar) -> date:
    back = calendar.shift is Shift.PRECEDING
    moved = _next_open(due, calendar, -1 if back else 1)
    if calendar.shift is Shift.MODIFIED_FOLLOWING and moved.month != due.month:
        return _next_open(due, calendar, -1)
    return moved


def _next_open(day: date, calendar: HolidayCalendar, step: int) -> date:
    for away in range(OFF_DAYS_MAX):
        moved = day + timedelta(days=away * step)
        if not calendar.is_off(moved):
            return moved
    raise BadTerms(f"the holiday calendar is closed for {OFF_DAYS_MAX} days")
