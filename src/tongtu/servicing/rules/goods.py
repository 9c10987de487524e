"""Goods of a loan come back: the merchant's refund lowers it. Pure."""

from __future__ import annotations

from tongtu.kernel.money import divide_half_up
from tongtu.servicing.model.event import LoanEvent
from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.policy import FEE, INTEREST, PENALTY, PRINCIPAL, Timing
from tongtu.servicing.rules import ahead
from tongtu.servicing.rules.allocation import Purse, Spent, timing_of
from tongtu.servicing.rules.recalculation import roll
from tongtu.servicing.rules.signed import (
    earned_fee,
    earned_interest,
    pay_overdue,
    prorata,
    spread,
)


def take_back(life: Life, event: LoanEvent, amount_minor: int) -> Spent:
    """Let a refund pay principal: what is due, then a like part of what is to come.

    From its value date on less interest grows. What is left pays what else is owed.
    """
    on = event.value_date
    purse = Purse(life.terms.allocation.rule_for(event.kind), on, amount_minor, None)
    ahead.fix(life, on, with_beginning=True)
    roll(life)
    for row in [row for row in life.rows if row.due <= on]:
        purse.pay_row(row, (PRINCIPAL,), timing_of(row, on), purse.left)
    coming = [row for row in life.rows if row.due > on]
    unpaid = [max(row.open(PRINCIPAL), 0) for row in coming]
    lowered, balance = min(purse.left, sum(unpaid)), sum(unpaid)
    if lowered and coming[0].is_planned:
        _lessen(coming[0], event, lowered, balance)
    for row, part in zip(coming, spread(lowered, unpaid), strict=True):
        purse.pay_row(row, (PRINCIPAL,), Timing.IN_ADVANCE, part)
    roll(life)
    for row in life.rows:
        fee = earned_fee(row, on) - row.paid[PENALTY] - row.paid[FEE]
        purse.pay_row(row, (PENALTY, FEE), timing_of(row, on), fee)
        interest = earned_interest(row, on) - row.paid[INTEREST]
        purse.pay_row(row, (INTEREST,), timing_of(row, on), interest)
    pay_overdue(life, purse)
    roll(life)
    return Spent(tuple(purse.portions), purse.left, purse.reduced)


def give_up(life: Life, event: LoanEvent) -> None:
    """Owe nothing here any more: a loan that was taken over is its source's again."""
    on = event.value_date
    for row in life.rows:
        unpaid = max(row.open(PRINCIPAL), 0)
        row.paid[PRINCIPAL] += unpaid
        life.reduce(on, unpaid)
        row.agreed_minor, row.ahead_minor = row.paid[INTEREST], 0
        for slot in (PENALTY, FEE, INTEREST):
            row.owed[slot] = row.paid[slot] + row.let_off[slot]
        row.closed_on = row.closed_on or on
    life.late_run = life.seen_late_run = 0
    life.settled_on = on


def _lessen(row: Row, event: LoanEvent, lowered: int, balance: int) -> None:
    """Let a running row bear interest on what is left of its principal from the day on."""
    days = (row.due - row.start).days
    interest = row.planned_interest_minor
    earned = prorata(interest, min(max((event.value_date - row.start).days, 0), days), days)
    rest = divide_half_up((interest - earned) * (balance - lowered), balance)
    row.agreed_minor, row.ahead_minor = max(earned + rest, row.paid[INTEREST]), 0
