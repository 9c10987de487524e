"""Principal and interest of every planned row, from level parts and the balance day by day.

With recalculation on, the balance is what is really owed: money paid early stops interest from its
day on, principal unpaid after its due date goes on bearing it. With it off, rows are as agreed.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.policy import INTEREST, PRINCIPAL, Prepayment
from tongtu.servicing.rules import interest
from tongtu.terms.api import Method

Delta = tuple[date, int]


def roll(life: Life) -> None:
    """Set what each planned row asks for."""
    rows = [row for row in life.rows if row.is_planned]
    if life.terms.plan.method is Method.FLAT or not bears_interest(life):
        _roll_flat(life, rows)
        return
    _roll(life, rows)


def prepare(life: Life, row: Row, on: date) -> None:
    """Let a row ask only for the interest up to a day before its due date."""
    if not life.terms.is_recalculated or not row.is_planned or not bears_interest(life):
        return
    if row.closed_on is not None:
        return
    until = row.due if life.terms.is_interest_kept_to_due and on > row.start else on
    rows = [other for other in life.rows if other.is_planned]
    accrued = _accrued(life, rows, row, until)
    left = _raised(life) - sum(
        other.planned_minor for other in rows if other is not row and other.due < row.due
    )
    asked = interest.round_minor(life, accrued)
    last = row is rows[-1]
    principal = left if last or row.level_minor is None else _level_part(life, row, asked)
    principal = min(principal, left)
    row.plan(max(principal, row.paid[PRINCIPAL] - row.credited[PRINCIPAL], 0), asked)


def bears_interest(life: Life) -> bool:
    """Tell whether any rate, now or later, is above zero."""
    return life.terms.plan.rate_bps > 0 or any(rate > 0 for _, rate in life.rates)


def _raised(life: Life) -> int:
    return sum(amount for _, amount in life.raised)


def _roll_flat(life: Life, rows: list[Row]) -> None:
    """Level principal, and interest on the whole for the whole of each period."""
    left = 0
    raised = list(life.raised)
    # The last row takes what the rounding of the others left.
    total = sum((flat_interest(life, row) for row in rows), Fraction(0))
    for index, row in enumerate(rows):
        while raised and (raised[0][0] < row.due or index == len(rows) - 1):
            left += raised.pop(0)[1]
        is_last = index == len(rows) - 1
        level = left if is_last or row.level_minor is None else row.level_minor
        principal = min(level, left)
        charge = flat_interest(life, row)
        asked = interest.round_minor(life, total) if is_last else interest.round_minor(life, charge)
        total -= asked
        row.plan(principal, asked)
        left -= principal


def flat_interest(life: Life, row: Row) -> Fraction:
    """Return the interest of a row on all that was raised, unrounded; zero where none is flat."""
    if life.terms.plan.method is not Method.FLAT or row.is_interest_deferred:
        return Fraction(0)
    return Fraction(interest.interest_of(life, row, _raised(life), (), row.due))


def _roll(life: Life, rows: list[Row]) -> None:
    carried = Fraction(0)
    left = 0  # principal not yet put on a row
    pending = sorted(life.raised)
    for index, row in enumerate(rows):
        is_last = index == len(rows) - 1
        while pending and (pending[0][0] < row.due or is_last):
            left += pending.pop(0)[1]
        accrued = _accrued(life, rows, row, row.due)
        if is_settled_ahead(life, row):
            carried += accrued - (row.owed[INTEREST] - row.credited[INTEREST])
            left -= row.planned_minor
            continue
        if row.is_interest_deferred and not is_last:
            asked, carried = 0, carried + accrued
        else:
            asked, carried = interest.round_minor(life, accrued + carried), Fraction(0)
        if is_last or row.level_minor is None:
            principal = left
        else:
            principal = min(_level_part(life, row, asked) + row.extra_minor, left)
        row.plan(principal, asked)
        left -= principal
    if life.terms.prepayment is Prepayment.SHORTEN:
        _drop_empty(life)


def _level_part(life: Life, row: Row, asked: int) -> int:
    """Return the principal of a row with a level: the level itself, or what interest leaves."""
    level = row.level_minor or 0
    return level if life.terms.plan.method is Method.EQUAL_PRINCIPAL else max(level - asked, 0)


def _drop_empty(life: Life) -> None:
    """Let rows go that a shortened loan no longer needs."""
    while life.rows:
        last = life.rows[-1]
        if not last.is_planned or last.level_minor is None or any(last.owed):
            return
        life.rows.pop()


def is_settled_ahead(life: Life, row: Row) -> bool:
    """Tell whether a row was paid off before its day, so that its interest stands."""
    return (
        life.terms.is_recalculated
        and row.closed_on is not None
        and row.closed_on < row.due
        and row.unpaid_minor == 0
    )


def _accrued(life: Life, rows: list[Row], row: Row, until: date) -> Fraction:
    """Return the interest of a row's period up to a day, unrounded."""
    deltas = _deltas(life, rows, row)
    balance = sum(amount for day, amount in deltas if day <= row.start)
    within = [(day, amount) for day, amount in deltas if row.start < day < row.due]
    return Fraction(interest.interest_of(life, row, balance, within, until))


def _deltas(life: Life, rows: list[Row], upto: Row) -> list[Delta]:
    """Return what changes the balance before the end of a row."""
    deltas = [(day, amount) for day, amount in life.raised if day < upto.due]
    deltas += [(day, amount) for day, amount in life.credits if day < upto.due]
    for row in rows:
        principal = row.owed[PRINCIPAL]
        if life.terms.is_recalculated:
            deltas += [(day, -amount) for day, amount in row.reductions if day < upto.due]
            principal -= row.paid[PRINCIPAL]
        if row.due <= upto.start and principal:
            due = max(row.due, life.as_of) if life.terms.is_recalculated else row.due
            deltas.append((due, -principal))
    return deltas
