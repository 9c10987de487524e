"""Instalments from what was paid out: rows, level parts, and what a change does to those to come.

Progressive: from each disbursement or change of rate on, one level instalment is solved that ends
the loan. Cumulative: a level part per period is laid down for the whole term, the last takes the
rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.policy import PRINCIPAL, Engine
from tongtu.servicing.rules import interest
from tongtu.servicing.rules.interest import dues
from tongtu.servicing.rules.recalculation import (
    bears_interest,
    flat_interest,
    is_settled_ahead,
    roll,
)
from tongtu.servicing.rules.rows import additional_row, insert_row, mend_starts
from tongtu.terms.api import (
    Disbursement,
    LastRule,
    Method,
    down_payment_minor,
    level_minor,
    to_minor,
    to_multiple,
)

# Evening out is tried again on its own result so often at most.
_EVENED_MAX = 3


def disburse(life: Life, on: date, amount_minor: int) -> int:
    """Pay money out: rows arise or ask for more. Return the down payment."""
    plan = life.terms.plan
    life.disbursed = (*life.disbursed, (on, amount_minor))
    down = down_payment_minor(plan, Disbursement(on, amount_minor))
    if life.seed is None:
        _lay_out(life, plan.start if life.terms.is_start_fixed else on)
    if down:
        row = Row(on, on, is_down_payment=True)
        row.owed[PRINCIPAL] = down
        insert_row(life, row)
        mend_starts(life)
    net = amount_minor - down
    if any(not is_settled_ahead(life, row) for row in coming_rows(life, on)):
        life.raised = (*life.raised, (on, net))
        solve(life, on)
    else:
        additional_row(life, on).owed[PRINCIPAL] += net
    return down


def coming_rows(life: Life, on: date) -> list[Row]:
    """Return the planned rows that fall due after a day."""
    return [row for row in life.rows if row.is_planned and row.due > on]


def solve(life: Life, on: date) -> None:
    """Find the level part anew for rows due after a day, then all amounts."""
    plan = life.terms.plan
    rows = coming_rows(life, on)
    for row in rows:
        row.set_minor = row.agreed_minor = None
        if plan.method is Method.INTEREST_ONLY:
            row.is_grace = row is not rows[-1]
    if plan.method is Method.FLAT or not bears_interest(life):
        _level_flat(life, rows)
    elif plan.method is Method.EQUAL_PRINCIPAL:
        _level_principal(life, rows)
    else:
        _level_instalment(life, rows)
    roll(life)


def _lay_out(life: Life, seed: date) -> None:
    plan = life.terms.plan
    life.seed = seed
    for period in dues(plan, seed, plan.instalments):
        row = Row(period.start, period.due)
        row.is_grace = period.nr <= plan.grace.principal
        row.is_interest_deferred = period.nr <= plan.grace.interest
        life.rows.append(row)


def _level_flat(life: Life, rows: Sequence[Row]) -> None:
    """Level parts where interest does not depend on the balance: principal + interest, rounded.

    Cumulative: all that was ever raised over the whole term. Progressive: what is left over the
    rows to come.
    """
    plan = life.terms.plan
    if life.terms.engine is Engine.CUMULATIVE and plan.method is Method.FLAT:
        base = sum(amount for _, amount in life.raised) - life.kept_minor
        spread = [row for row in life.rows if row.is_planned][life.kept_rows :]
        paying = [row for row in spread if not row.is_grace]
    else:
        base, paying = _balance(life, rows), [row for row in rows if not row.is_grace]
    charges = [interest.round_minor(life, flat_interest(life, row)) for row in rows]
    paid_with = sum(c for row, c in zip(rows, charges, strict=True) if not row.is_grace)
    is_even = plan.rounding.last is LastRule.EVENED_OUT and plan.method is Method.FLAT
    for row, charge in zip(rows, charges, strict=True):
        exact = Fraction(base, max(len(paying), 1)) + charge
        if is_even:
            exact = Fraction(base + paid_with, max(len(paying), 1))
        level = to_multiple(interest.round_minor(life, exact), plan.rounding)
        row.level_minor = 0 if row.is_grace else max(level - charge, 0)


def _balance(life: Life, rows: Sequence[Row]) -> int:
    """Return the principal the rows have to pay by plan."""
    for row in rows:
        row.level_minor = 0 if row.is_grace else None
    roll(life)  # the first row without a level takes all that is left
    return sum(row.planned_minor for row in rows)


def _level_principal(life: Life, rows: Sequence[Row]) -> None:
    """A level principal beside the interest of the balance."""
    paying = [row for row in rows if not row.is_grace]
    balance = _balance(life, rows)
    for row in paying:
        row.level_minor = to_multiple(
            to_minor(Fraction(balance, len(paying)), life.terms.plan.rounding),
            life.terms.plan.rounding,
        )


def _level_instalment(life: Life, rows: Sequence[Row]) -> None:
    """Solve the level instalment that pays the balance off, evened out over the rows."""
    rows = [row for row in rows if not is_settled_ahead(life, row)]
    paying = [row for row in rows if not row.is_grace]
    if not paying:
        return
    balance = _balance(life, rows)
    level = _annuity(life, paying, balance)
    _set(paying, level)
    if len(paying) == 1 or life.terms.plan.rounding.last is not LastRule.EVENED_OUT:
        return
    _even_out(life, paying, level)


def _even_out(life: Life, rows: Sequence[Row], level: int) -> None:
    """Spread what the last instalment stands out by, while that brings it nearer."""
    rounding = life.terms.plan.rounding
    roll(life)
    gap = _gap(rows)
    for _ in range(_EVENED_MAX):
        if abs(gap) <= len(rows) // 2:
            return
        part = to_minor(Fraction(gap, len(rows)), rounding)
        changed = to_multiple(level + part, rounding)
        if changed == level:
            return
        _set(rows, changed)
        roll(life)
        nearer = _gap(rows)
        if abs(nearer) >= abs(gap):
            _set(rows, level)
            return
        level, gap = changed, nearer


def _annuity(life: Life, rows: Sequence[Row], balance: int) -> int:
    """Return the level instalment; the cumulative engine takes each period for the first."""
    growths: list[interest.Figure]
    if life.terms.engine is Engine.CUMULATIVE:
        first = interest.first_growth(life, rows[0].start)
        growths = [Fraction(1) if row.is_interest_deferred else first for row in rows]
    else:
        growths = [
            Fraction(1) if row.is_interest_deferred else interest.growth_of(life, row)
            for row in rows
        ]
    return level_minor(life.terms.plan, balance, growths)


def _gap(rows: Sequence[Row]) -> int:
    """Return last instalment − the one before, in minor units."""
    last, before = rows[-1], rows[-2]
    return _asked(last) - _asked(before)


def _asked(row: Row) -> int:
    from_plan = row.planned_minor
    return from_plan + row.planned_interest_minor


def _set(rows: Sequence[Row], level: int) -> None:
    for row in rows:
        row.level_minor = level
