"""Changes to instalments to come: moved dates, grace, more terms, another rate, re-ageing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from tongtu.servicing.model.event import ReAge, Reschedule
from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.policy import PRINCIPAL
from tongtu.servicing.rules.charge import relay
from tongtu.servicing.rules.interest import dues
from tongtu.servicing.rules.plan import coming_rows, solve
from tongtu.servicing.rules.rows import insert_row, mend_starts
from tongtu.terms.api import to_minor, to_multiple

_ONE_DAY = timedelta(days=1)


def reschedule(life: Life, change: Reschedule) -> None:
    """Apply each part of a change to the rows due from a day on."""
    before = change.from_date - _ONE_DAY
    if change.rate_bps is not None:
        life.rates = (*life.rates, (change.from_date, change.rate_bps))
        before = min(before, change.from_date - _ONE_DAY)
    if change.due_date is not None:
        _move(life, change.from_date, change.due_date)
    if change.grace_principal:
        _grace(life, change.from_date, change.grace_principal)
    if change.extra_terms:
        _append(life, change.extra_terms)
    if (
        change.grace_principal
        or change.extra_terms
        or change.rate_bps is not None
        or change.due_date
    ):
        solve(life, before)
    relay(life)


def _move(life: Life, from_date: date, due_date: date) -> None:
    moving = [row for row in life.rows if row.is_planned and row.due >= from_date]
    after = dues(life.terms.plan, due_date, max(len(moving) - 1, 1))
    for row, due in zip(moving, [due_date, *(period.due for period in after)], strict=False):
        row.due = due
        row.closed_on = None if row.unpaid_minor else row.closed_on
    mend_starts(life)


def _grace(life: Life, from_date: date, count: int) -> None:
    """Let `count` rows ask for no principal; as many follow at the end."""
    resting = [row for row in life.rows if row.is_planned and row.due >= from_date][:count]
    for row in resting:
        row.is_grace = True
    _append(life, len(resting))


def _append(life: Life, count: int) -> None:
    """Add rows behind the last of the plan."""
    plan = life.terms.plan
    planned = [row for row in life.rows if row.is_planned]
    last, seed = planned[-1], life.seed
    assert seed is not None, "rows follow from the first disbursement"
    # Counted from the first day, so that a month-end day is kept; moved rows count on from theirs.
    nr = len(planned)
    counted = dues(plan, seed, nr + count)
    if counted[nr - 1].due != last.due:
        counted = dues(plan, last.due, count)
    for period in counted[-count:]:
        insert_row(life, Row(period.start, period.due, level_minor=last.level_minor))
    mend_starts(life)


def re_age(life: Life, on: date, change: ReAge) -> None:
    """Ask for all unpaid principal anew in equal parts, the last with the difference."""
    total = 0
    for row in life.rows:
        unpaid = max(row.open(PRINCIPAL), 0)
        row.owed[PRINCIPAL] -= unpaid
        total += unpaid
        if unpaid and row.unpaid_minor == 0:
            row.closed_on = on
    part = _part(life, total, change.instalments)
    plan = replace(life.terms.plan, every=change.every)
    after = dues(plan, change.start, max(change.instalments - 1, 1))
    for nr, due in enumerate([change.start, *(period.due for period in after)]):
        if nr == change.instalments:
            break
        asked = part if nr < change.instalments - 1 else total - part * nr
        same = [row for row in life.rows if row.due == due and row.is_planned and row.unpaid_minor]
        if same:
            same[0].owed[PRINCIPAL] += asked
        else:
            row = Row(due, due)
            row.owed[PRINCIPAL] = asked
            insert_row(life, row)
    mend_starts(life)


def re_amortize(life: Life, on: date) -> None:
    """Spread principal that is past due evenly over the rows to come."""
    coming = coming_rows(life, on)
    if not coming:
        return
    total = 0
    for row in life.rows:
        if row.due <= on:
            unpaid = max(row.open(PRINCIPAL), 0)
            row.owed[PRINCIPAL] -= unpaid
            total += unpaid
            if unpaid and row.unpaid_minor == 0:
                row.closed_on = on
    part = _part(life, total, len(coming))
    for row in coming:
        row.owed[PRINCIPAL] += part
    coming[-1].owed[PRINCIPAL] += total - part * len(coming)


def _part(life: Life, total: int, count: int) -> int:
    rounding = life.terms.plan.rounding
    return to_multiple(to_minor(Fraction(total, count), rounding), rounding)
