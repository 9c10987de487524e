"""Interest of a loan's periods under changes of rate and pauses, by the arithmetic of its terms.

The interest of a day d lies between d-1 and d. So a rate that holds from d, or a pause whose first
day is d, already counts for the night before d; money paid out on d counts from d on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from tongtu.servicing.model.life import Life, Row
from tongtu.terms.api import (
    Grace,
    LoanTerms,
    Method,
    Period,
    Span,
    accrued,
    growth,
    periods,
    rate_factor,
    to_minor,
)

_NIGHT = timedelta(days=1)
# A balance by whose interest periods are compared.
_UNIT = 1_000_000
_NEVER: frozenset[date] = frozenset()
Delta = tuple[date, int]
Figure = Decimal | Fraction


def interest_of(life: Life, row: Row, balance: int, deltas: Sequence[Delta], until: date) -> Figure:
    """Return interest in minor units, unrounded, from a row's start to a day.

    `balance` holds at the start; each delta changes it from its day on.
    """
    end = min(until, row.due)
    if end <= row.start:
        return Decimal(0)
    changes: dict[date, int] = {}
    for day, amount in deltas:
        changes[day] = changes.get(day, 0) + amount
    marks = sorted({row.start, end, *changes, *turns(life)})
    spans = []
    for left, right in pairwise(marks):
        balance += changes.get(left, 0)
        if balance > 0 and left >= row.start and right <= end and not _is_paused(life, left):
            spans.append(Span(left, right, balance, rate_on(life, left)))
    return accrued(life.terms.plan, _period(life, row), spans)


def interest_anew(
    life: Life, row: Row, balance: int, deltas: Sequence[Delta], until: date
) -> Figure:
    """Return the interest that a changed plan lays on a row; parameters as `interest_of`.

    Of flat interest a row bears, for its own days, rates and pauses, what a signed instalment bore.
    """
    signed = life.terms.signed
    if signed is None or signed.method is not Method.FLAT:
        return interest_of(life, row, balance, deltas, until)
    # The first may be partly paid elsewhere; the dearest is a whole one.
    whole = max(signed.rows, key=lambda one: one.interest_minor)
    span = Span(whole.start, whole.due_date, _UNIT, life.terms.plan.rate_bps)
    of_whole = accrued(life.terms.plan, Period(1, whole.start, whole.due_date), [span])
    if not of_whole:
        return Decimal(0)
    of_row = interest_of(life, row, _UNIT, (), until)
    return whole.interest_minor * Fraction(of_row) / Fraction(of_whole)


def growth_of(life: Life, row: Row) -> Figure:
    """Return what one unit owed becomes over a whole row."""
    marks = [
        row.start,
        *(day for day in sorted(turns(life)) if row.start < day < row.due),
        row.due,
    ]
    spans = [
        Span(left, right, 0, Decimal(0) if _is_paused(life, left) else rate_on(life, left))
        for left, right in pairwise(marks)
    ]
    return growth(life.terms.plan, _period(life, row), spans)


def first_growth(life: Life, on: date) -> Figure:
    """Return what one unit owed becomes over the first period at the rate of a day."""
    assert life.seed is not None, "rows follow from the first disbursement"
    first = dues(life.terms.plan, life.seed, 1)[0]
    factor = rate_factor(life.terms.plan, first, first.start, first.due, rate_on(life, on))
    return Fraction(factor) + 1


def dues(plan: LoanTerms, start: date, count: int) -> tuple[Period, ...]:
    """Return `count` periods as the plan has them, from a start on."""
    return periods(replace(plan, start=start, instalments=count, grace=Grace()))


def round_minor(life: Life, amount: Figure) -> int:
    """Return whole minor units, as the terms round."""
    return to_minor(amount, life.terms.plan.rounding)


def rate_on(life: Life, night: date) -> int | Decimal:
    """Return the yearly rate in bps of the night that begins on a day; of two changes the later."""
    if not life.rates:
        return life.terms.plan.rate_bps
    rate, since = life.terms.plan.rate_bps, date.min
    for day, changed in life.rates:
        if since <= day <= night + _NIGHT:
            rate, since = changed, day
    return rate


def _period(life: Life, row: Row) -> Period:
    """Return the period a row's interest is a part of: its own, or a whole one it has no days of.

    So ten days are ten of a month's days, not a month.
    """
    if row.is_broken:
        return dues(life.terms.plan, row.start, 1)[0]
    return Period(1, row.start, row.due)


def turns(life: Life) -> set[date] | frozenset[date]:
    """Return the days on which the rate or a pause sets in or ends."""
    if not life.rates and not life.pauses:
        return _NEVER
    days = {day - _NIGHT for day, _ in life.rates}
    for pause in life.pauses:
        days |= {pause.start - _NIGHT, pause.end}
    return days


def _is_paused(life: Life, night: date) -> bool:
    return any(pause.start - _NIGHT <= night < pause.end for pause in life.pauses)
