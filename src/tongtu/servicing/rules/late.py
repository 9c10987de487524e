"""Overdue interest of a booked loan: principal past its day, at the yearly rate of each night.

It runs as principal × basis points, summed over nights: exact whatever the rate did on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from tongtu.kernel.money import divide_half_up
from tongtu.servicing.model.event import Pause
from tongtu.servicing.model.life import Life
from tongtu.servicing.model.policy import PRINCIPAL, ServicingTerms

# A yearly rate in basis points over 360 days.
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
        life.late_run += unpaid * borne(life, start, end)
        life.seen_late_run += unpaid * borne(life, start, min(end, life.seen_on))
        last += unpaid * borne(life, max(start, end - ONE_DAY), end)
    if to > life.late_at:
        life.late_at, life.last_night = to, (end, last)


def rest(life: Life, pause: Pause) -> None:
    """Begin a pause: the night before its first day, which has run already, bears nothing."""
    # What the night itself bore: what was paid since, on its morning, does not lower it.
    day, late = life.last_night
    is_rested = not nights(life.pauses, pause.start - ONE_DAY, pause.start)
    if day != pause.start or is_rested or life.charged_off_on is not None:
        return
    life.late_run -= late
    if life.seen_on >= pause.start:
        life.seen_late_run -= late


def borne(life: Life, start: date, end: date) -> int:
    """Return the yearly bps of each night from a day to another, summed; paused ones bear none."""
    signed = life.terms.signed
    assert signed is not None, "only a booked loan bears overdue interest"
    summed, rate = 0, signed.overdue_rate_bps
    for night, cap_bps in life.terms.overdue_caps:
        turn = min(night, end)
        if turn > start:
            summed += rate * nights(life.pauses, start, turn)
            start = turn
        rate = min(rate, cap_bps)
    return summed + rate * nights(life.pauses, start, end)


def overdue_rate(terms: ServicingTerms) -> int:
    """Return the yearly bps that principal past due bears since the last cap."""
    assert terms.signed is not None, "only a booked loan bears overdue interest"
    return min([terms.signed.overdue_rate_bps, *(cap_bps for _, cap_bps in terms.overdue_caps)])


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


def overdue_minor(late_run: int) -> int:
    """Return the interest that ran up, in minor units rounded half up."""
    return divide_half_up(late_run, OVERDUE_DIVISOR)


def open_overdue_minor(life: Life) -> int:
    """Return overdue interest run up so far and not paid."""
    return max(0, overdue_minor(life.late_run) - life.overdue_paid_minor)
