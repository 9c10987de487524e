"""What changes of plan and of ownership do to a booked loan's rows.

A change of plan lays every row to come down anew, with its interest; what was due stays as it was
asked for, unless the change takes it up. A loan charged off earns no more; one written off asks for
nothing, and what is recovered lessens the loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice, pairwise

from tongtu.servicing.model.event import GivenUp, LoanEvent, Pause, ReAge
from tongtu.servicing.model.life import Life, Portion, Row
from tongtu.servicing.model.policy import (
    COMPONENTS,
    FEE,
    INTEREST,
    PENALTY,
    PRINCIPAL,
    Timing,
)
from tongtu.servicing.rules.allocation import Spent
from tongtu.servicing.rules.credit import put_back_parts
from tongtu.servicing.rules.interest import dues
from tongtu.servicing.rules.late import open_overdue_minor, rest
from tongtu.servicing.rules.plan import solve
from tongtu.servicing.rules.rows import insert_row, mend_starts
from tongtu.servicing.rules.signed import (
    earned_interest,
    freeze,
    grown_interest,
    stop_claims,
    stop_earning,
)

_RECOVERED = "recovered"


@dataclass(slots=True)
class _Claims:
    """What rows that end asked for, by slot: earned (or lent), and fees not yet due."""

    earned: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    coming: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    # Of the principal: what planned rows asked for, by the day they fell due.
    from_plan: list[tuple[date, int]] = field(default_factory=list)


def re_age(life: Life, on: date, change: ReAge) -> None:
    """Ask for all unpaid principal in so many level instalments; what was earned with the first."""
    claims = _Claims()
    _close_rows(life, on, claims, is_exact=change.rules > 1)
    plan = replace(life.terms.plan, every=change.every)
    after = dues(plan, change.start, max(change.instalments - 1, 1))
    starts = [on, change.start, *(period.due for period in after)]
    for start, due in islice(pairwise(starts), change.instalments):
        is_anew = start == on and change.rules > 1
        insert_row(life, Row(start, due, is_broken=is_anew, is_begun_anew=is_anew))
    _raise_anew(life, on, claims)
    mend_starts(life)
    solve(life, on)
    freeze(life)
    _carry(life, on, claims)


def re_amortize(life: Life, on: date) -> None:
    """Spread principal that is past due over the rows to come; what was earned with the next."""
    coming = [row for row in life.rows if row.is_planned and row.due > on]
    if not coming:
        return
    claims = _Claims()
    for row in life.rows:
        if row.due <= on:
            _take_up(row, claims, on)
    _raise_anew(life, on, claims)
    solve(life, on)
    freeze(life)
    _carry(life, on, claims)


def pause(life: Life, pause: Pause) -> None:
    """Let no interest, and none for being late, lie on the nights of a pause.

    Principal stays as it was laid down, and so does what a change of the same day has ended.
    """
    rest(life, pause)
    life.pauses = (*life.pauses, pause)
    for row in life.rows:
        is_touched = row.start < pause.end and pause.start <= row.due
        if row.is_planned and is_touched and not row.is_ended:
            row.agreed_minor = None
    freeze(life)


def charge_back(life: Life, event: LoanEvent, payment: int) -> None:
    """Ask at once for what a payment had paid; money beyond the debt covers it first."""
    covered = min(event.amount_minor, life.overpaid_minor)
    life.overpaid_minor -= covered
    life.refunded_minor += covered
    amounts = put_back_parts(life, payment, event.amount_minor - covered)
    if not sum(amounts):
        return
    row = Row(event.value_date, event.value_date, is_at_once=True)
    for slot, amount in enumerate(amounts):
        row.credit(slot, amount)
    life.credited_minor += amounts[PRINCIPAL]
    old = life.put_back
    life.put_back = (
        old[0] + amounts[0], old[1] + amounts[1], old[2] + amounts[2], old[3] + amounts[3],
    )  # fmt: skip
    insert_row(life, row)
    mend_starts(life)
    life.settled_on = None


def charge_off(life: Life, event: LoanEvent) -> Spent | None:
    """Let the loan earn no more from a day on; return what money paid of days to come pays."""
    if life.charged_off_on is not None or life.written_off_on is not None:
        return None
    on = life.charged_off_on = event.value_date
    # From now on the claim is the same on whatever day it is looked at.
    life.seen_on, life.seen_late_run = date.max, life.late_run
    if isinstance(event.details, GivenUp) and event.details.is_ahead_freed:
        return stop_earning(life, on)
    stop_claims(life, on)
    return None


def write_off(life: Life, event: LoanEvent) -> Spent | None:
    """Ask for nothing any more; what was owed is the loss. Return what paid the rest of it."""
    if life.written_off_on is not None or life.settled_on is not None:
        return None
    on, spent = event.value_date, charge_off(life, event)
    overdue, principal = open_overdue_minor(life), life.outstanding_minor
    claims = [sum(max(row.open(slot), 0) for row in life.rows) for slot in range(4)]
    life.written_off_on = on
    life.lost = (principal, claims[INTEREST] + overdue, claims[PENALTY] + claims[FEE])
    for row in life.rows:
        for slot in (PENALTY, FEE, INTEREST):
            _ask_only_for(row, slot, row.owed[slot] - max(row.open(slot), 0))
        row.let_off[PRINCIPAL] += max(row.open(PRINCIPAL), 0)
        row.closed_on = row.closed_on or on
    life.let_off_minor += sum(life.lost)
    life.overdue_paid_minor += overdue  # asked for no more
    life.overdue_let_off_minor += overdue
    return spent


def recover(life: Life, event: LoanEvent) -> None:
    """Take money in for a loss: principal, then interest, then fees; what is more is owed back."""
    life.received_minor += event.amount_minor
    left, lost, told = event.amount_minor, list(life.lost), []
    for index, slot in enumerate((PRINCIPAL, INTEREST, FEE)):
        taken = min(left, lost[index])
        if taken:
            lost[index] -= taken
            left -= taken
            told.append(
                Portion(event.value_date, Timing.PAST_DUE, COMPONENTS[slot], taken, _RECOVERED)
            )
    before, got = life.lost, life.recovered
    life.lost = (lost[0], lost[1], lost[2])
    life.recovered = (
        got[0] + before[0] - lost[0], got[1] + before[1] - lost[1], got[2] + before[2] - lost[2],
    )  # fmt: skip
    life.overpaid_minor += left
    life.parts[event.seq] = tuple(told)


def _close_rows(life: Life, on: date, claims: _Claims, *, is_exact: bool) -> None:
    """Take all unpaid principal up; rows to come end on the day, or go if nothing was paid."""
    kept = []
    for row in life.rows:
        is_coming, grown = row.due > on, grown_interest(row, on)
        _take_up(row, claims, on)
        if is_coming and is_exact:
            _move_due_fees(row, claims.earned)
            # What was paid of days that the new rows ask for is set free.
            _ask_only_for(row, INTEREST, min(row.owed[INTEREST], grown))
            row.agreed_minor = row.planned_interest_minor
        if is_coming:
            _move_fees(row, claims.coming)
            row.start, row.due = min(row.start, on), on
            row.closed_on = row.closed_on or on
        if not is_coming or any(row.paid) or any(row.owed):
            kept.append(row)
    life.rows = kept


def _take_up(row: Row, claims: _Claims, on: date) -> None:
    """Take its unpaid principal, and what it has earned and not been paid, off a row."""
    unpaid = max(row.open(PRINCIPAL), 0)
    claims.earned[PRINCIPAL] += unpaid
    if unpaid and row.is_planned:
        claims.from_plan.append((row.due, unpaid))
    row.owed[PRINCIPAL] -= unpaid
    row.credited[PRINCIPAL] = min(row.credited[PRINCIPAL], row.owed[PRINCIPAL])
    if row.is_planned:
        row.set_minor = row.planned_minor
    earned = earned_interest(row, on) - row.paid[INTEREST]
    claims.earned[INTEREST] += earned
    _ask_only_for(row, INTEREST, row.owed[INTEREST] - max(row.open(INTEREST), 0))
    row.agreed_minor, row.ahead_minor = row.planned_interest_minor, 0
    row.is_ended = row.is_planned
    if row.due <= on:
        _move_fees(row, claims.earned)
    if row.unpaid_minor == 0:
        row.closed_on = row.closed_on or on


def _move_fees(row: Row, claims: list[int]) -> None:
    """Take unpaid fees and penalties off a row: they are asked for with the next new one."""
    for slot in (PENALTY, FEE):
        unpaid = max(row.open(slot), 0)
        claims[slot] += unpaid
        _ask_only_for(row, slot, row.owed[slot] - unpaid)


def _move_due_fees(row: Row, claims: list[int]) -> None:
    """Take unpaid fees that an earlier change carried onto a coming row off it: they were due."""
    for slot in (PENALTY, FEE):
        due = min(max(row.credited[slot] - row.paid[slot], 0), max(row.open(slot), 0))
        claims[slot] += due
        row.owed[slot] -= due
        row.credited[slot] -= due


def _ask_only_for(row: Row, slot: int, amount: int) -> None:
    row.owed[slot] = amount
    row.credited[slot] = min(row.credited[slot], amount)


def _carry(life: Life, on: date, claims: _Claims) -> None:
    """Let the next row ask for what was earned before; it stays earned."""
    first = next(row for row in life.rows if row.is_planned and row.due > on)
    for slot in (PENALTY, FEE, INTEREST):
        first.credit(slot, claims.earned[slot])
        first.owed[slot] += claims.coming[slot]


def _raise_anew(life: Life, on: date, claims: _Claims) -> None:
    """Let principal that is laid down elsewhere bear interest from the day on.

    What a chargeback had put back joins the plan with it.
    """
    raised = list(life.raised)
    for due, amount in sorted(claims.from_plan, reverse=True):
        _lower(raised, due, amount)
    moved = claims.earned[PRINCIPAL]
    if moved:
        life.raised = (*((day, amount) for day, amount in raised if amount), (on, moved))


def _lower(raised: list[tuple[date, int]], due: date, amount: int) -> None:
    """Take a row's principal off what was raised last before it fell due.

    An earlier change may have raised it anew; what was raised first is of the rows before.
    """
    for index in reversed(range(len(raised))):
        day, held = raised[index]
        if day < due and amount:
            taken = min(held, amount)
            raised[index] = day, held - taken
            amount -= taken
    assert amount == 0, "a row asks for no more than was raised before it fell due"
