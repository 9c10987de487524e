"""A booked loan: rows as signed, interest by the day, overdue interest, and how money pays them.

A payment pays what is due in the order that was signed, then overdue interest, then the next
instalment as agreed, then principal of later rows, in order or as the borrower chose. Paying the
debt of the day or more settles the loan: interest not yet earned and fees not yet due are never
charged, and what is more is owed back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tongtu.servicing.model.event import Component, Early, LoanEvent
from tongtu.servicing.model.life import Life, Portion, Row
from tongtu.servicing.model.loan import FrozenTerms
from tongtu.servicing.model.policy import (
    COMPONENTS,
    FEE,
    INTEREST,
    PENALTY,
    PRINCIPAL,
    SIGNED_ORDERS,
    AllocationTable,
    ServicingTerms,
    Timing,
)
from tongtu.servicing.rules import ahead
from tongtu.servicing.rules.allocation import Purse, Spent, groups_of, timing_of
from tongtu.servicing.rules.late import open_overdue_minor
from tongtu.servicing.rules.recalculation import roll, roll_as_planned
from tongtu.terms.api import LoanTerms, Method

_ALL = (PENALTY, FEE, INTEREST, PRINCIPAL)
_CLAIMS = (PENALTY, FEE, INTEREST)


def servicing_terms(
    signed: FrozenTerms, overdue_caps: tuple[tuple[date, int], ...] = ()
) -> ServicingTerms:
    """Return the terms a booked loan is replayed under; changes are planned by its own method.

    One of flat interest has level principal, and each row the interest of a signed one.
    """
    method = Method.EQUAL_PRINCIPAL if signed.method is Method.FLAT else signed.method
    plan = LoanTerms(
        signed.principal_minor, signed.rate_bps, len(signed.rows), signed.opened_on, method=method
    )
    table = AllocationTable(SIGNED_ORDERS[signed.order])
    return ServicingTerms(
        plan, table, is_start_fixed=True, credit_order=COMPONENTS, signed=signed,
        overdue_caps=overdue_caps,
    )  # fmt: skip


def born(terms: ServicingTerms, seen_on: date = date.max) -> Life:
    """Return a life before its first event; a booked loan has its signed rows from the start."""
    life, signed = Life(terms, seen_on=seen_on), terms.signed
    if signed is None:
        return life
    life.seed = life.late_at = signed.opened_on
    life.disbursed = life.raised = ((signed.opened_on, signed.principal_minor),)
    for one in signed.rows:
        row = Row(one.start, one.due_date, set_minor=one.principal_minor)
        row.agreed_minor, row.owed[FEE] = one.interest_minor, one.fee_minor
        life.rows.append(row)
    roll(life)
    return life


def pay(life: Life, event: LoanEvent, amount_minor: int) -> Spent:
    """Spread a payment over a booked loan."""
    early = event.details if isinstance(event.details, Early) else None
    purse = Purse(life.terms.allocation.rule_for(event.kind), event.value_date, amount_minor, None)
    return _spend(life, purse, early)


def pay_freed(life: Life, amount_minor: int, on: date) -> Spent:
    """Spread anew what a change set free."""
    return _spend(life, Purse(life.terms.allocation.default, on, amount_minor, None), None)


def _spend(life: Life, purse: Purse, early: Early | None) -> Spent:
    on = purse.on
    # Paid ahead by choice on the day a period begins, money already lowers its interest.
    ahead.fix(life, on, with_beginning=early is None)
    roll(life)
    if purse.left >= payoff_minor(life, on):
        _settle_up(life, purse)
    else:
        _pay_by_plan(life, purse, early)
    ahead.fix(life, on, with_beginning=True)
    roll(life)
    return Spent(tuple(purse.portions), purse.left, purse.reduced)


def payoff_minor(life: Life, on: date) -> int:
    """Return what settles a booked loan on a day up to which its overdue interest has run.

    Interest paid of days to come is taken off; below zero, some of it goes back.
    """
    fee = sum(earned_fee(row, on) - row.paid[PENALTY] - row.paid[FEE] for row in life.rows)
    interest = sum(
        earned_interest(row, on) - row.paid[INTEREST] - ahead_minor(row, on) for row in life.rows
    )
    return life.outstanding_minor + interest + fee + open_overdue_minor(life)


def earned_interest(row: Row, on: date) -> int:
    """Return what a row may claim by a day.

    Interest paid ahead counts as earned when paid, so no claim is ever below zero.
    """
    return max(grown_interest(row, on), row.paid[INTEREST])


def grown_interest(row: Row, on: date) -> int:
    """Return a row's interest of the days up to one: what was put back at once, the rest evenly."""
    days = (row.due - row.start).days
    at_once = row.credited[INTEREST]
    growing = row.owed[INTEREST] - row.let_off[INTEREST] - at_once
    grown = growing
    if days > 0:
        grown = prorata(growing, min(max((on - row.start).days, 0), days), days)
    return at_once + grown


def ahead_minor(row: Row, on: date) -> int:
    """Return what was paid of a row's interest for days after one: it goes back when it settles."""
    if row.due <= on:  # its days are over: what was paid of them was for them
        return 0
    return max(row.paid[INTEREST] - grown_interest(row, on), 0)


def earned_fee(row: Row, on: date) -> int:
    """Return the fees and penalties of a row that may be claimed by a day, paid or not."""
    paid = row.paid[PENALTY] + row.paid[FEE]
    if row.due <= on:
        return _fees(row)
    return max(paid, row.credited[PENALTY] + row.credited[FEE])


def prorata(charge: int, days: int, period: int) -> int:
    """Return charge × days / period rounded half up; serves ints and arrays alike (all >= 0)."""
    return (2 * charge * days + period) // (2 * period)


def settle_if_paid(life: Life, on: date) -> None:
    """Close the loan when nothing is owed: what was not yet earned is never charged."""
    if life.settled_on is not None or life.written_off_on is not None:
        return
    if life.outstanding_minor or payoff_minor(life, on) > 0:
        return
    for row in life.rows:
        life.overpaid_minor += _free_ahead(row, on)
    life.settled_on = on
    stop_claims(life, on)


def stop_earning(life: Life, on: date) -> Spent:
    """Let the loan earn nothing more: interest paid of days to come pays what is owed."""
    purse = Purse(life.terms.allocation.default, on, 0, None)
    _free_all(life, purse)
    stop_claims(life, on)
    _pay_by_plan(life, purse, None)
    return Spent(tuple(purse.portions), purse.left, purse.reduced)


def stop_claims(life: Life, on: date) -> None:
    """Let rows ask for what they have earned by a day, at once, and for no fee that is not due."""
    for row in life.rows:
        interest, fee = earned_interest(row, on), earned_fee(row, on)
        row.agreed_minor, row.ahead_minor = 0, 0
        row.owed[INTEREST] = row.credited[INTEREST] = interest
        spare = _fees(row) - fee
        for slot in (PENALTY, FEE):
            taken = min(spare, row.open(slot))
            row.owed[slot] -= taken
            row.credited[slot] = row.owed[slot] - row.let_off[slot]
            spare -= taken
        if row.unpaid_minor == 0 and row.closed_on is None:
            row.closed_on = on


def freeze(life: Life) -> None:
    """Lay down what a change of the plan made of each row, if nothing is paid ahead."""
    rows = [row for row in life.rows if row.is_planned]
    roll_as_planned(life, rows)
    for row in rows:
        row.set_minor, row.agreed_minor = row.planned_minor, row.planned_interest_minor
    roll(life)


def _fees(row: Row) -> int:
    return sum(row.owed[slot] - row.let_off[slot] for slot in (PENALTY, FEE))


def _pay_by_plan(life: Life, purse: Purse, early: Early | None) -> None:
    on = purse.on
    due = [row for row in life.rows if row.due <= on]
    coming = [row for row in life.rows if row.due > on]
    for timing, slots in groups_of(purse.rule):
        if timing is not Timing.IN_ADVANCE:
            purse.pay_rows([row for row in due if timing_of(row, on) is timing], slots, timing)
    pay_overdue(life, purse)
    if early is None:
        purse.pay_rows(coming[:1], _ALL, Timing.IN_ADVANCE)
        purse.pay_rows(coming[1:], (PRINCIPAL,), Timing.IN_ADVANCE)
    elif early.is_shortened:
        purse.pay_rows(coming[::-1], (PRINCIPAL,), Timing.IN_ADVANCE)
    else:
        unpaid = [max(row.open(PRINCIPAL), 0) for row in coming]
        for row, part in zip(coming, spread(min(purse.left, sum(unpaid)), unpaid), strict=True):
            purse.pay_row(row, (PRINCIPAL,), Timing.IN_ADVANCE, part)


def _settle_up(life: Life, purse: Purse) -> None:
    """Pay each row's principal, the interest it has earned, and its fees if they are due.

    Interest paid of days that will not come pays with the money.
    """
    on = purse.on
    _free_all(life, purse)
    for row in life.rows:
        fee = earned_fee(row, on) - row.paid[PENALTY] - row.paid[FEE]
        purse.pay_row(row, (PENALTY, FEE), timing_of(row, on), fee)
        earned = earned_interest(row, on) - row.paid[INTEREST]
        purse.pay_row(row, (INTEREST,), timing_of(row, on), earned)
        purse.pay_row(row, (PRINCIPAL,), timing_of(row, on), purse.left)
    pay_overdue(life, purse)


def _free_all(life: Life, purse: Purse) -> None:
    on = purse.on
    for row in life.rows:
        freed = _free_ahead(row, on)
        if freed:
            purse.left += freed
            told = (row.due, timing_of(row, on), Component.INTEREST, -freed, purse.rule.name)
            purse.portions.append(Portion(*told))


def _free_ahead(row: Row, on: date) -> int:
    freed = ahead_minor(row, on)
    row.paid[INTEREST] -= freed
    return freed


def pay_overdue(life: Life, purse: Purse) -> None:
    """Pay overdue interest run up so far."""
    taken = min(purse.left, open_overdue_minor(life))
    if taken:
        life.overdue_paid_minor += taken
        purse.left -= taken
        rule = purse.rule.name
        purse.portions.append(
            Portion(purse.on, Timing.PAST_DUE, Component.OVERDUE_INTEREST, taken, rule)
        )


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights whose sum it does not exceed; no part exceeds its weight."""
    parts, weight, left = [], sum(weights), amount
    for one in weights:
        part = left * one // weight if weight else 0
        parts.append(part)
        left, weight = left - part, weight - one
    return parts
