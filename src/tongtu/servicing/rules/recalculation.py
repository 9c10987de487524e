"""Principal and interest of every planned row, from level parts and the balance day by day.

As agreed: each row's principal leaves the balance on its due date. With recalculation on, the
balance is what is really owed: money paid early stops interest from its day on, principal unpaid
after its due date goes on bearing it. Rows whose due date has passed are then final.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import islice

from tongtu.servicing.model.life import Fixed, Life, Row
from tongtu.servicing.model.policy import PRINCIPAL, Prepayment
from tongtu.servicing.rules import ahead, interest
from tongtu.terms.api import LastRule, Method

Delta = tuple[date, int]
_ZERO = Fraction(0)


def roll(life: Life, until: date | None = None, *, anew: bool = True) -> None:
    """Set what each planned row asks for; with `until`, rows that begin later may wait.

    `anew` False trusts rows that are final: only payments came since the last roll.
    """
    rows = [row for row in life.rows if row.is_planned]
    if life.terms.signed is not None:
        roll_as_planned(life, rows)
        ahead.lower(rows)
        return
    if life.terms.plan.method is Method.FLAT or not bears_interest(life):
        _roll_flat(life, rows)
        return
    if anew or not life.terms.is_recalculated:
        life.fixed = Fixed()
    if is_moving(life):
        _roll_real(life, rows, until)
    else:
        _roll_agreed(life, rows)


def roll_as_planned(life: Life, rows: list[Row]) -> None:
    """Set what the rows of a booked loan ask for if nothing is paid ahead."""
    if any(row.set_minor is None or row.agreed_minor is None for row in rows):
        _roll_agreed(life, rows)
        return
    for row in rows:
        row.plan(row.set_minor or 0, row.agreed_minor or 0)


def is_rolled(life: Life, on: date) -> bool:
    """Tell whether every planned row due up to a day has its final figures."""
    planned = (row for row in life.rows if row.is_planned)
    following = next(islice(planned, life.fixed.count, None), None)
    return following is None or following.due > on


def prepare(life: Life, row: Row, on: date) -> None:
    """Let a row ask only for the interest up to a day before its due date."""
    if not is_moving(life) or not row.is_planned or row.closed_on is not None:
        return
    rows = [other for other in life.rows if other.is_planned]
    others = [other for other in rows if other is not row]
    left = _raised(life) - sum(
        other.planned_minor
        for other in others
        if other.due < row.due or is_settled_ahead(life, other)
    )
    asked = _asked_by(life, rows, row, on)
    principal = left
    if row is not _last_open(life, rows) and row.set_minor is not None:
        principal = min(row.set_minor + row.extra_minor, left)
    elif row is not _last_open(life, rows) and row.level_minor is not None:
        principal = min(_level_part(life, row, asked) + row.extra_minor, left)
    row.plan(max(principal, 0), asked)


def _asked_by(life: Life, rows: list[Row], row: Row, on: date) -> int:
    """Return the interest a coming row asks for on a day: the first open one takes it all."""
    carried = life.fixed.carried
    for other in rows[life.fixed.count :]:
        if other.start < on:
            until = other.due if life.terms.is_interest_kept_to_due else on
            carried += _real_interest(life, other, until)
        if other is row:
            return max(interest.round_minor(life, carried), 0)
        if not is_settled_ahead(life, other):
            break
        carried -= other.planned_interest_minor
    return 0


def bears_interest(life: Life) -> bool:
    """Tell whether any rate, now or later, is above zero."""
    return life.terms.plan.rate_bps > 0 or any(rate > 0 for _, rate in life.rates)


def is_moving(life: Life) -> bool:
    """Tell whether payments change the interest."""
    is_flat = life.terms.plan.method is Method.FLAT
    return life.terms.is_recalculated and not is_flat and bears_interest(life)


def flat_interest(life: Life, row: Row) -> Fraction:
    """Return the interest of a row on what was raised, unrounded; zero where none is flat.

    Cumulative: a like part of one agreed sum, while the plan is as it was made.
    """
    if life.terms.plan.method is not Method.FLAT:
        return _ZERO
    is_agreed = not (life.rates or life.pauses or life.kept_rows)
    if is_agreed and life.terms.plan.rounding.last is LastRule.TAKES_ALL:
        rows = [one for one in life.rows if one.is_planned]
        return sum((_flat_of(life, one) for one in rows), _ZERO) / len(rows)
    return _flat_of(life, row)


def _flat_of(life: Life, row: Row) -> Fraction:
    """Return the interest of a row's own days, on each payout from its own day on."""
    opening = sum(amount for day, amount in life.raised if day <= row.start)
    inside = [one for one in life.raised if row.start < one[0] < row.due]
    return Fraction(interest.interest_of(life, row, opening, inside, row.due))


def is_settled_ahead(life: Life, row: Row) -> bool:
    """Tell whether a row was paid off before its day, so that its interest stands."""
    return (
        row.closed_on is not None
        and row.closed_on < row.due
        and row.unpaid_minor == 0
        and is_moving(life)
    )


def _roll_flat(life: Life, rows: list[Row]) -> None:
    """Level principal, and interest on the whole for the whole of each period."""
    left = 0
    raised = list(life.raised)
    carried = _ZERO
    # The last row takes what the rounding of the others left.
    takes_all = life.terms.plan.rounding.last is LastRule.TAKES_ALL
    exact = sum((flat_interest(life, row) for row in rows), _ZERO)
    total = interest.round_minor(life, exact)
    for index, row in enumerate(rows):
        is_last = index == len(rows) - 1
        while raised and (raised[0][0] < row.due or is_last):
            left += raised.pop(0)[1]
        level = left if is_last or row.level_minor is None else row.level_minor
        if row.set_minor is not None:
            level = row.set_minor
        charge = _ZERO if row.is_interest_deferred else flat_interest(life, row) + carried
        carried = carried + flat_interest(life, row) if row.is_interest_deferred else _ZERO
        asked = interest.round_minor(life, charge)
        if takes_all:
            asked = total if is_last else min(asked, total)
        total -= asked
        principal = min(level, left)
        row.plan(principal, asked)
        left -= principal


def _roll_agreed(life: Life, rows: list[Row]) -> None:
    """Rows as agreed, whatever was paid."""
    changes = sorted(life.raised + life.credits)
    placed = Placing(life, rows)
    balance = 0
    for index, row in enumerate(rows):
        is_last = index == len(rows) - 1
        within: list[Delta] = []
        while changes and (changes[0][0] < row.due or is_last):
            within.append(changes.pop(0))
        opening = balance + sum(amount for day, amount in within if day <= row.start)
        inside = [(day, amount) for day, amount in within if day > row.start]
        if row.agreed_minor is None:
            accrued = interest.interest_anew(life, row, opening, inside, row.due)
        else:
            accrued = Fraction(row.agreed_minor)
        placed.place(index, accrued)
        balance += sum(amount for _, amount in within) - row.owed[PRINCIPAL]


def _roll_real(life: Life, rows: list[Row], until: date | None) -> None:
    """Rows on the balance that is really owed; what is late now counts as paid now."""
    placed = Placing(life, rows)
    late = sum(row.open(PRINCIPAL) for row in rows if row.due <= life.as_of)
    coming = 0  # principal of rows between the day looked at and the row
    for index in range(life.fixed.count, len(rows)):
        row = rows[index]
        if until is not None and row.start > until:
            break
        opening, inside = _real_balance(life, row)
        if row.start > life.as_of:
            opening -= late + coming
        elif row.due > life.as_of:
            inside.append((life.as_of, -late))
        accrued = interest.interest_of(life, row, opening, inside, row.due)
        placed.place(index, accrued)
        if row.due > life.as_of:
            coming += row.open(PRINCIPAL)
        else:
            life.fixed = Fixed(index + 1, placed.left, placed.carried)
    if life.terms.prepayment is Prepayment.SHORTEN:
        _drop_empty(life)


def _real_interest(life: Life, row: Row, until: date) -> Fraction:
    """Return the interest of a row's period up to a day on what is really owed."""
    opening, inside = _real_balance(life, row)
    return Fraction(interest.interest_of(life, row, opening, inside, until))


def _real_balance(life: Life, row: Row) -> tuple[int, list[Delta]]:
    """Return the balance at a row's start, and what changed it within."""
    opening = -life.reduced_minor
    inside: list[Delta] = []
    for day, amount in (*life.raised, *life.credits):
        if day <= row.start:
            opening += amount
        elif day < row.due:
            inside.append((day, amount))
    for day, amount in reversed(life.reductions):
        if day <= row.start:
            break
        opening += amount
        if day < row.due:
            inside.append((day, -amount))
    return opening, inside


def _last_open(life: Life, rows: list[Row]) -> Row | None:
    """Return the row that takes the rest: the last one that was not paid off before its day."""
    open_rows = (row for row in reversed(rows) if not is_settled_ahead(life, row))
    return next(open_rows, rows[-1] if rows else None)


class Placing:
    """Puts interest and principal on rows in order; interest a row cannot take is carried on."""

    def __init__(self, life: Life, rows: list[Row]) -> None:
        self.life = life
        self.rows = rows
        self.last = _last_open(life, rows)
        self.left = life.fixed.left  # principal not yet put on a row
        self.carried = life.fixed.carried
        done = rows[life.fixed.count - 1].due if life.fixed.count else date.min
        # Principal that rows paid off ahead keep for themselves.
        coming = rows[life.fixed.count :]
        self.reserved = sum(row.planned_minor for row in coming if is_settled_ahead(life, row))
        self.pending = sorted(one for one in life.raised if one[0] >= done)

    def place(self, index: int, accrued: interest.Figure) -> None:
        """Set one row."""
        row = self.rows[index]
        is_last = row is self.last
        while self.pending and (self.pending[0][0] < row.due or is_last):
            self.left += self.pending.pop(0)[1]
        if is_settled_ahead(self.life, row):
            self.carried += Fraction(accrued) - row.planned_interest_minor
            self.left -= row.planned_minor
            self.reserved -= row.planned_minor
            return
        if row.is_interest_deferred and not is_last:
            # What waits is money of its period: rounded there, as the schedule of terms has it.
            asked, self.carried = 0, self.carried + interest.round_minor(self.life, accrued)
        else:
            if self.carried:
                accrued = Fraction(accrued) + self.carried
            asked = max(interest.round_minor(self.life, accrued), 0)
            self.carried = _ZERO
        if is_last or (row.set_minor is None and row.level_minor is None):
            principal = self.left - self.reserved
        else:
            level = row.set_minor
            if level is None:
                level = _level_part(self.life, row, asked)
            principal = min(level + row.extra_minor, self.left - self.reserved)
        principal = max(principal, 0)
        row.plan(principal, asked)
        self.left -= principal


def _level_part(life: Life, row: Row, asked: int) -> int:
    """Return the principal of a row with a level: the level itself, or what interest leaves."""
    level = row.level_minor or 0
    is_level = life.terms.plan.method is Method.EQUAL_PRINCIPAL
    return level if is_level else max(level - asked, 0)


def _drop_empty(life: Life) -> None:
    """Let rows go that a shortened loan no longer needs."""
    while life.rows:
        last = life.rows[-1]
        if not last.is_planned or last.level_minor is None or any(last.owed):
            break
        life.rows.pop()
    count = sum(row.is_planned for row in life.rows)
    if life.fixed.count > count:
        life.fixed = replace(life.fixed, count=count)


def _raised(life: Life) -> int:
    return sum(amount for _, amount in life.raised)
