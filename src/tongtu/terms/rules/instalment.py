"""What each period is asked for, from a disbursement on: one function a method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from tongtu.terms.model.convention import LastRule, Method, Rounding
from tongtu.terms.rules.interest import (
    PeriodRate,
    accrued,
    growth,
    interest_minor,
    level_minor,
)
from tongtu.terms.rules.rounding import Figure, divide, to_minor, to_multiple
from tongtu.terms.rules.walk import Plan, Row, is_whole, spans_of, walk

# Evening out is tried again on its own result so often at most.
EVENED_MAX = 3


def set_instalments(plan: Plan, first: int) -> list[Row]:
    """Set what is asked for from the period `first` on, for all that is paid out so far.

    Returns the rows of the plan as it then stands.
    """
    terms = plan.terms
    begin = max(first, terms.grace.principal)
    for index in range(first, begin):
        plan.asked_minor[index] = None
    before = walk(plan, begin)
    paid_out = sum(one.amount_minor for held in plan.paid_out[: begin + 1] for one in held)
    owed = paid_out - sum(row.principal_minor for row in before)
    _SETTERS[terms.method](plan, begin, owed)
    rows = walk(plan)
    if terms.rounding.last is LastRule.EVENED_OUT and terms.method is Method.EQUAL_INSTALMENT:
        return _evened_out(plan, begin, rows)
    return rows


def _set_level(plan: Plan, begin: int, owed: int) -> None:
    known: dict[PeriodRate, Figure] = {}
    growths = [_growth(plan, index, known) for index in range(begin, len(plan.periods))]
    level = level_minor(plan.terms, owed, growths, min(plan.terms.balloon_minor, owed))
    plan.asked_minor[begin:] = [level] * len(growths)


def _growth(plan: Plan, index: int, known: dict[PeriodRate, Figure]) -> Figure:
    """Return the growth of a period; what equal periods grow by is worked out once."""
    if index < plan.terms.grace.interest:
        return Decimal(1)
    is_nominal = plan.terms.accrual.is_level_nominal
    if is_nominal or is_whole(plan, index):
        rate = plan.rates[0 if is_nominal else index]
        if rate not in known:
            known[rate] = rate.growth(plan.terms)
        return known[rate]
    return growth(plan.terms, plan.periods[index], spans_of(plan, index, 0))


def _set_equal_principal(plan: Plan, begin: int, owed: int) -> None:
    count, rounding = len(plan.periods) - begin, plan.terms.rounding
    part = divide(max(owed - plan.terms.balloon_minor, 0), count, rounding)
    plan.asked_minor[begin:] = [to_multiple(part, rounding)] * count


def _set_nothing(plan: Plan, begin: int, owed: int) -> None:
    del owed
    plan.asked_minor[begin:] = [None] * (len(plan.periods) - begin)


def _set_flat(plan: Plan, begin: int, owed: int) -> None:
    """Interest runs on all that was paid out; what is left over is the last instalment's."""
    terms, count = plan.terms, len(plan.periods) - begin
    rounding = terms.rounding
    exact, rounded = [], []
    base = sum(one.amount_minor for held in plan.paid_out[:begin] for one in held)
    for index in range(begin, len(plan.periods)):
        spans = spans_of(plan, index, base)
        exact.append(accrued(terms, plan.periods[index], spans))
        rounded.append(interest_minor(terms, plan.periods[index], spans))
        base += sum(one.amount_minor for one in plan.paid_out[index])
    if rounding.last is LastRule.EVENED_OUT:
        level = divide(owed + sum(rounded), count, rounding)
        plan.asked_minor[begin:] = [to_multiple(level, rounding)] * count
        return
    if rounding.last is LastRule.TAKES_ALL:
        rounded = _shared_out(sum((Fraction(one) for one in exact), Fraction(0)), count, rounding)
        plan.interest_fixed[begin:] = rounded
        owed, count = base, len(plan.periods) - terms.grace.principal
    part = divide(owed, count, rounding)
    plan.asked_minor[begin:] = [to_multiple(part + interest, rounding) for interest in rounded]


def _shared_out(total: Fraction, count: int, rounding: Rounding) -> list[int]:
    """Return equal parts of the total, the last taking what is left; none is negative."""
    each, left = to_minor(total / count, rounding), to_minor(total, rounding)
    found = []
    for _ in range(count - 1):
        found.append(min(each, left))
        left -= found[-1]
    return [*found, left]


def _evened_out(plan: Plan, begin: int, rows: list[Row]) -> list[Row]:
    """Spread what the last instalment differs from the one before, if that brings them nearer.

    It is done when the difference in fen is above half the number of instalments, and undone when
    the new difference is no smaller.
    """
    count = len(plan.periods) - begin
    for _ in range(EVENED_MAX):
        gap = _gap(plan, rows)
        level = plan.asked_minor[-2] if count > 1 else None
        if level is None or abs(gap) <= count // 2:
            break
        part = divide(gap, count, plan.terms.rounding)
        evened = to_multiple(level + part, plan.terms.rounding)
        if evened == level:
            break
        tried = replace(plan, asked_minor=[*plan.asked_minor[:begin], *[evened] * count])
        found = walk(tried)
        if abs(_gap(plan, found)) >= abs(gap):
            break
        plan.asked_minor, rows = tried.asked_minor, found
    return rows


def _gap(plan: Plan, rows: list[Row]) -> int:
    """Return what the last instalment, without a balloon, is above the one before it."""
    if len(rows) == 1:
        return 0
    balloon = min(plan.terms.balloon_minor, rows[-1].principal_minor)
    return rows[-1].total_minor - balloon - rows[-2].total_minor


_SETTERS: dict[Method, Callable[[Plan, int, int], None]] = {
    Method.EQUAL_INSTALMENT: _set_level,
    Method.EQUAL_PRINCIPAL: _set_equal_principal,
    Method.INTEREST_ONLY: _set_nothing,
    Method.FLAT: _set_flat,
}
