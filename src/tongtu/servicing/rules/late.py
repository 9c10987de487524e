"""Overdue interest of a booked loan: fen-days of principal past its day, at a yearly rate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from tongtu.kernel.money import divide_half_up
from tongtu.servicing.model.event import Pause
from tongtu.servicing.model.life import Life
from tongtu.servicing.model.loan import FrozenTerms
from tongtu.servicing.model.policy import PRINCIPAL

# Overdue interest is reckoned in fen-days at a yearly rate in basis points over 360 days.
OVERDUE_DIVISOR = 10_000 * 360
ONE_DAY = timedelta(days=1)


def run_up(life: Life, to: date) -> None:
    """Let unpaid principal of rows past due run up its days; none in a pause or a charge-off."""
    end = to if life.charged_off_on is None else min(to, life.charged_off_on)
    last = 0
    for row in life.rows:
        if row.due >= end:
            break
        unpaid = max(row.open(PRINCIPAL), 0)
        start = max(life.late_at, row.due)
        life.fen_days += unpaid * nights(life.pauses, start, end)
        life.seen_fen_days += unpaid * nights(life.pauses, start, min(end, life.seen_on))
        last += unpaid * nights(life.pauses, max(start, end - ONE_DAY), end)
    if to > life.late_at:
        life.late_at, life.last_night = to, (end, last)


def rest(life: Life, pause: Pause) -> None:
    """Begin a pause: the night before its first day, which has run already, bears nothing."""
    # What the night itself bore: what was paid since, on its morning, does not lower it.
    day, late = life.last_night
    is_rested = not nights(life.pauses, pause.start - ONE_DAY, pause.start)
    if day != pause.start or is_rested or life.charged_off_on is not None:
        return
    life.fen_days -= late
    if life.seen_on >= pause.start:
        life.seen_fen_days -= late


def nights(pauses: Sequence[Pause], start: date, end: date) -> int:
    """Return the nights from a day to another that bear interest; 0 when it lies before."""
    if end <= start:
        return 0
    quiet = sum(
        max((min(until, end) - max(first, start)).days, 0) for first, until in rests(pauses)
    )
    return (end - start).days - quiet


def rests(pauses: Sequence[Pause]) -> tuple[tuple[date, date], ...]:
    """Return the stretches that bear nothing, apart and in order: from a day up to another.

    The interest of a day lies in the night before it.
    """
    found: list[tuple[date, date]] = []
    for first, until in sorted((one.start - ONE_DAY, one.end) for one in pauses):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        else:
            found.append((first, until))
    return tuple(found)


def overdue_minor(terms: FrozenTerms, fen_days: int) -> int:
    """Return the interest of so many fen-days, rounded half up."""
    return divide_half_up(fen_days * terms.overdue_rate_bps, OVERDUE_DIVISOR)


def open_overdue_minor(life: Life) -> int:
    """Return overdue interest run up so far and not paid."""
    signed = life.terms.signed
    assert signed is not None, "only a booked loan bears overdue interest"
    return max(0, overdue_minor(signed, life.fen_days) - life.overdue_paid_minor)
