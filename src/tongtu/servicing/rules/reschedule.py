"""Changes to instalments to come: moved dates, grace, more terms, another rate, re-ageing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from tongtu.servicing.model.event import ReAge, Reschedule
from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.policy import PRINCIPAL
from tongtu.servicing.rules.charge import relay
from tongtu.servicing.rules.interest import dues
from tongtu.servicing.rules.plan import coming_rows, solve
from tongtu.servicing.rules.recalculation import roll
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
        _move(life, change)
    if change.grace_principal:
        _grace(life, change.from_date, change.grace_principal)
    if change.grace_interest:
        for row in _from(life, change.from_date)[: change.grace_interest]:
            row.is_interest_deferred = True
    if change.extra_terms:
        kept = [row for row in life.rows if row.is_planned and row.due < change.from_date]
        life.kept_rows, life.kept_minor = len(kept), sum(row.planned_minor for row in kept)
        _append(life, change.extra_terms)
    if (
        change.grace_principal
        or change.grace_interest
        or change.extra_terms
        or change.rate_bps is not None
        or change.due_date
    ):
        solve(life, before)
    relay(life)


def _from(life: Life, from_date: date) -> list[Row]:
    return [row for row in life.rows if row.is_planned and row.due >= from_date]


def _move(life: Life, change: Reschedule) -> None:
    moving, due_date = _from(life, change.from_date), change.due_date
    assert due_date is not None, "what is moved is moved to a day"
    if life.terms.signed is not None and change.rules > 1:
        moving[0].is_broken = moving[0].is_broken or moving[0].due != due_date
    after = dues(life.terms.plan, due_date, max(len(moving) - 1, 1))
    for row, due in zip(moving, [due_date, *(period.due for period in after)], strict=False):
        row.due = due
        row.closed_on = None if row.unpaid_minor else row.closed_on
    mend_starts(life)


def _grace(life: Life, from_date: date, count: int) -> None:
    """Let `count` rows ask for no principal; as many follow at the end."""
    resting = _from(life, from_date)[:count]
    for row in resting:
        row.is_grace = True
    _append(life, len(resting))


def _append(life: Life, count: int) -> None:
    """Add rows behind the last of the plan."""
    if count == 0:
        return
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
    total = _take_up(life, life.rows, on)
    parts = _parts(life, total, change.instalments)
    plan = replace(life.terms.plan, every=change.every)
    after = dues(plan, change.start, max(change.instalments - 1, 1))
    for nr, due in enumerate([change.start, *(period.due for period in after)]):
        if nr == change.instalments:
            break
        asked = parts[nr]
        same = [row for row in life.rows if row.due == due and row.is_planned and row.unpaid_minor]
        row = same[0] if same else Row(due, due, set_minor=0)
        if not same:
            insert_row(life, row)
        _lay_down(row, asked)
    mend_starts(life)
    roll(life)


def re_amortize(life: Life, on: date) -> None:
    """Spread principal that is past due evenly over the rows to come."""
    coming = coming_rows(life, on)
    if not coming:
        return
    total = _take_up(life, [row for row in life.rows if row.due <= on], on)
    parts = _parts(life, total, len(coming))
    for row, part in zip(coming, parts, strict=True):
        row.set_minor = row.planned_minor
        _lay_down(row, part)
    roll(life)


def _take_up(life: Life, rows: Sequence[Row], on: date) -> int:
    """Take unpaid principal off rows, to be laid down elsewhere; return it.

    From then on it is all principal of the plan, whether it was a down payment or put back.
    """
    total = moved = 0
    for row in rows:
        unpaid = max(row.open(PRINCIPAL), 0)
        from_credit = min(unpaid, row.credited[PRINCIPAL])
        row.owed[PRINCIPAL] -= unpaid
        row.credited[PRINCIPAL] -= from_credit
        life.credits = (*life.credits, (on, -from_credit)) if from_credit else life.credits
        if row.is_planned:
            row.set_minor = row.planned_minor
            moved += from_credit
        else:
            moved += unpaid
        total += unpaid
        if unpaid and row.unpaid_minor == 0:
            row.closed_on = on
    if moved:
        life.raised = (*life.raised, (on, moved))
    return total


def _lay_down(row: Row, amount_minor: int) -> None:
    row.set_minor = (row.set_minor or 0) + amount_minor
    row.owed[PRINCIPAL] += amount_minor


def _parts(life: Life, total: int, count: int) -> list[int]:
    """Split an amount into equal parts as the terms round them; the last takes what is left."""
    rounding = life.terms.plan.rounding
    part = to_multiple(to_minor(Fraction(total, count), rounding), rounding)
    parts = []
    for _ in range(count - 1):
        parts.append(min(part, total))
        total -= parts[-1]
    return [*parts, total]
