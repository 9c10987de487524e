"""Overdue interest of a booked loan: unpaid principal past its day, by a yearly rate."""

from __future__ import annotations

from datetime import date

from tongtu.kernel.money import divide_half_up
from tongtu.servicing.model.life import Life
from tongtu.servicing.model.loan import FrozenTerms
from tongtu.servicing.model.policy import PRINCIPAL

# Overdue interest is reckoned in fen-days at a yearly rate in basis points over 360 days.
OVERDUE_DIVISOR = 10_000 * 360


def run_up(life: Life, to: date) -> None:
    """Let unpaid principal of rows past due run up its days; none after a charge-off."""
    end = to if life.charged_off_on is None else min(to, life.charged_off_on)
    for row in life.rows:
        if row.due >= end:
            break
        unpaid = max(row.open(PRINCIPAL), 0)
        start = max(life.late_at, row.due)
        life.fen_days += unpaid * max((end - start).days, 0)
        life.seen_fen_days += unpaid * max((min(end, life.seen_on) - start).days, 0)
    life.late_at = max(to, life.late_at)


def overdue_minor(terms: FrozenTerms, fen_days: int) -> int:
    """Return the interest of so many fen-days, rounded half up."""
    return divide_half_up(fen_days * terms.overdue_rate_bps, OVERDUE_DIVISOR)


def open_overdue_minor(life: Life) -> int:
    """Return overdue interest run up so far and not paid."""
    signed = life.terms.signed
    assert signed is not None, "only a booked loan bears overdue interest"
    return max(0, overdue_minor(signed, life.fen_days) - life.overdue_paid_minor)
