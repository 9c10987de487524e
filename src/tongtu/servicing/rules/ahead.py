"""What principal paid ahead takes off the interest of a booked loan's rows. Pure, in whole fen.

A row's interest as agreed lies on the balance of its plan. What was paid of this and later rows
before its period began lowers it in proportion; from then on the row's interest is final.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tongtu.kernel.money import divide_half_up
from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.policy import PRINCIPAL


def fix(life: Life, on: date, *, with_beginning: bool) -> None:
    """Fix what was paid ahead of the periods begun by a day; of one that begins then, on demand."""
    rows = [row for row in life.rows if row.is_planned]
    paid = sum(row.paid[PRINCIPAL] for row in rows)
    for row in rows:
        if row.start > on or (row.start == on and not with_beginning):
            return
        if row.ahead_minor is None:
            row.ahead_minor = paid
        paid -= row.paid[PRINCIPAL]


def lower(rows: Sequence[Row]) -> None:
    """Let each row, in order of due date, ask for interest on what was not paid ahead."""
    balance = paid = 0
    for row in reversed(rows):
        balance += row.planned_minor
        paid += row.paid[PRINCIPAL]
        ahead = min(paid if row.ahead_minor is None else row.ahead_minor, balance)
        agreed = row.planned_interest_minor
        if ahead > 0 and agreed:
            row.plan(row.planned_minor, divide_half_up(agreed * (balance - ahead), balance))
