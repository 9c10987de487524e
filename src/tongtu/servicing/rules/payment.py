"""Money that comes in for a loan: spread by its rule, what is beyond the debt kept apart."""

from __future__ import annotations

from datetime import date
from functools import partial

from tongtu.servicing.model.event import Component, EventKind, LoanEvent
from tongtu.servicing.model.life import Life, Portion
from tongtu.servicing.model.policy import PRINCIPAL, AllocationRule, Prepayment
from tongtu.servicing.rules.allocation import allocate, put, timing_of
from tongtu.servicing.rules.plan import solve
from tongtu.servicing.rules.recalculation import prepare, roll


def receive(life: Life, event: LoanEvent, amount_minor: int, kind: EventKind) -> None:
    """Take money in and spread it."""
    life.received_minor += amount_minor
    spend(life, event, amount_minor, kind)


def spend_overpaid(life: Life, event: LoanEvent, amount_minor: int) -> None:
    """Spread money that lay beyond the debt, now that more is owed."""
    life.overpaid_minor -= amount_minor
    spend(life, event, amount_minor, EventKind.REPAID)


def spend(life: Life, event: LoanEvent, amount_minor: int, kind: EventKind) -> None:
    """Spread an amount; what nothing asks for is owed back."""
    if amount_minor == 0:
        return
    rule = life.terms.allocation.rule_for(kind)
    is_moving = life.terms.is_recalculated
    on = event.value_date
    if is_moving and life.terms.prepayment in (Prepayment.LOWER, Prepayment.SHORTEN):
        portions, left = _spend_with_extra(life, rule, on, amount_minor)
    else:
        ahead = partial(prepare, life) if is_moving else None
        portions, left = allocate(life.rows, rule, on, amount_minor, ahead)
    life.overpaid_minor += left
    life.parts[event.seq] = life.parts.get(event.seq, ()) + portions
    if is_moving:
        roll(life)


def _spend_with_extra(
    life: Life, rule: AllocationRule, on: date, amount_minor: int
) -> tuple[tuple[Portion, ...], int]:
    """Pay what is due and the row of the day; the rest is principal of that row on top."""
    current = next((row for row in life.rows if row.is_planned and row.due >= on), None)
    if current is None:
        return allocate(life.rows, rule, on, amount_minor)
    asked = [row for row in life.rows if row.due <= current.due]
    if current.due > on:
        prepare(life, current, on)
    portions, left = allocate(asked, rule, on, amount_minor)
    later = [row for row in life.rows if row.is_planned and row.due > current.due]
    extra = min(left, sum(row.planned_minor for row in later))
    if extra == 0:
        return portions, left
    current.extra_minor += extra
    current.owed[PRINCIPAL] += extra
    put(current, PRINCIPAL, extra, on)
    timing = timing_of(current, on)
    told = Portion(current.due, timing, Component.PRINCIPAL, extra, life.terms.prepayment.value)
    if life.terms.prepayment is Prepayment.LOWER:
        roll(life)
        solve(life, current.due)
    return (*portions, told), left - extra


def payoff(life: Life, on: date) -> int:
    """Return what settles the loan on a day."""
    if not life.terms.is_recalculated:
        return life.unpaid_minor
    trial = life.copy()
    for row in trial.rows:
        if row.due > on and row.unpaid_minor > 0:
            prepare(trial, row, on)
    return trial.unpaid_minor
