"""Money that comes in for a loan: spread by its rule, what is beyond the debt kept apart."""

from __future__ import annotations

from datetime import date
from functools import partial

from tongtu.kernel.errors import Broken
from tongtu.servicing.model.event import Component, EventKind, LoanEvent, Withdrawal
from tongtu.servicing.model.life import Life, Portion, Row
from tongtu.servicing.model.policy import COMPONENTS, PRINCIPAL, AllocationRule, Future, Prepayment
from tongtu.servicing.rules import goods, signed, unwinding
from tongtu.servicing.rules.allocation import Spent, allocate, put, timing_of
from tongtu.servicing.rules.plan import solve
from tongtu.servicing.rules.recalculation import is_moving, prepare, roll

# What an explanation calls money that a change of the plan set free.
FREED = "freed"
_ROUNDS_MAX = 16


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
    if life.terms.signed is not None:
        pay = signed.pay
        if event.kind is EventKind.MERCHANT_REFUNDED:
            pay = goods.take_back
        elif isinstance(event.details, Withdrawal):
            pay = unwinding.pay_back
        note(life, event, pay(life, event, amount_minor))
        return
    rule = life.terms.allocation.rule_for(kind)
    on = event.value_date
    moving = is_moving(life)
    if moving and rule.future is not Future.NEXT:
        roll(life, anew=False)
    if moving and life.terms.prepayment in (Prepayment.LOWER, Prepayment.SHORTEN):
        spent = _spend_with_extra(life, rule, on, amount_minor)
    else:
        ahead = partial(prepare, life) if moving else None
        spent = allocate(life.rows, rule, on, amount_minor, ahead)
        life.reduce(on, spent.reduced_minor)
    life.overpaid_minor += spent.left_minor
    life.parts[event.seq] = life.parts.get(event.seq, ()) + spent.portions


def _spend_with_extra(life: Life, rule: AllocationRule, on: date, amount_minor: int) -> Spent:
    """Pay what is due and the row of the day; the rest is principal of that row on top."""
    current = next((row for row in life.rows if row.is_planned and row.due >= on), None)
    if current is None:
        spent = allocate(life.rows, rule, on, amount_minor)
        life.reduce(on, spent.reduced_minor)
        return spent
    roll(life, anew=False)
    asked = [row for row in life.rows if row.due <= current.due]
    if current.due > on:
        prepare(life, current, on)
    spent = allocate(asked, rule, on, amount_minor)
    life.reduce(on, spent.reduced_minor)
    later = [row for row in life.rows if row.is_planned and row.due > current.due]
    extra = min(spent.left_minor, sum(row.open(PRINCIPAL) for row in later))
    if extra == 0:
        return spent
    current.extra_minor += extra
    current.owed[PRINCIPAL] += extra
    put(current, PRINCIPAL, extra, on)
    life.reduce(on, extra)
    told = Portion(
        current.due,
        timing_of(current, on),
        Component.PRINCIPAL,
        extra,
        life.terms.prepayment.value,
    )
    roll(life)
    if life.terms.prepayment is Prepayment.LOWER:
        solve(life, current.due)
    return Spent((*spent.portions, told), spent.left_minor - extra, 0)


def release(life: Life, seq: int, on: date) -> None:
    """Take back what rows hold beyond what they now ask for, and spread it anew."""
    for nr in range(_ROUNDS_MAX):
        freed = sum(_take_back(life, row, seq, on) for row in life.rows)
        if freed == 0:
            return
        if life.terms.signed is not None:
            _note(life, seq, on, signed.pay_freed(life, freed, on))
            continue
        rule = life.terms.allocation.default
        # A row that asks for less interest today than on its day would take back, again and again,
        # the very money it set free: from the second round on it is taken at its day.
        ahead = partial(prepare, life) if nr == 0 and is_moving(life) else None
        spent = allocate(life.rows, rule, on, freed, ahead)
        life.reduce(on, spent.reduced_minor)
        life.overpaid_minor += spent.left_minor
        life.parts[seq] = life.parts.get(seq, ()) + spent.portions
        if is_moving(life):
            roll(life, anew=False)
    raise Broken("money freed by a change finds no rest", code="freed_money_restless")


def note(life: Life, event: LoanEvent, spent: Spent | None) -> None:
    """Keep where an event's money went."""
    if spent is not None:
        _note(life, event.seq, event.value_date, spent)


def _note(life: Life, seq: int, on: date, spent: Spent) -> None:
    life.reduce(on, spent.reduced_minor)
    life.overpaid_minor += spent.left_minor
    life.parts[seq] = life.parts.get(seq, ()) + spent.portions


def _take_back(life: Life, row: Row, seq: int, on: date) -> int:
    """Return what a row holds too much of, taken off it."""
    if min(map(row.open, range(len(COMPONENTS)))) >= 0:
        return 0
    freed = 0
    for slot, component in enumerate(COMPONENTS):
        over = -row.open(slot)
        if over <= 0:
            continue
        taken = min(over, row.paid[slot])
        row.let_off[slot] -= over - taken
        life.let_off_minor -= over - taken
        row.paid[slot] -= taken
        ahead = min(taken, row.in_advance_minor)
        row.in_advance_minor -= ahead
        row.late_minor -= min(taken - ahead, row.late_minor)
        if slot == PRINCIPAL and not row.is_down_payment:
            life.reduce(on, -taken)
        if taken:
            told = Portion(row.due, timing_of(row, on), component, -taken, FREED)
            life.parts[seq] = (*life.parts.get(seq, ()), told)
        freed += taken
    if row.unpaid_minor > 0:
        row.closed_on = None
    elif row.closed_on is None:
        row.closed_on = on
    return freed


def pay_off(life: Life, event: LoanEvent) -> None:
    """Take in what settles the loan, or did when it came, and spread it over all rows."""
    on = event.value_date
    _prepare_all(life, on)
    amount = event.amount_minor or life.unpaid_minor
    life.received_minor += amount
    spent = allocate(life.rows, life.terms.allocation.rule_for(event.kind), on, amount)
    life.reduce(on, spent.reduced_minor)
    life.overpaid_minor += spent.left_minor
    life.parts[event.seq] = spent.portions


def payoff(life: Life, on: date) -> int:
    """Return what settles the loan on a day."""
    trial = life.copy()
    _prepare_all(trial, on)
    return trial.unpaid_minor


def _prepare_all(life: Life, on: date) -> None:
    """Let every coming row ask only for interest up to a day."""
    if not is_moving(life):
        return
    life.as_of = on
    roll(life, anew=False)
    for row in life.rows:
        if row.due > on and row.unpaid_minor > 0:
            prepare(life, row, on)
