"""Money that goes back: chargebacks, refunds of a credit balance, refunds in cash.

What money beyond the debt does not cover is owed again: on the row the day falls in, or on one
more row after the last.
"""

from __future__ import annotations

from datetime import date

from tongtu.kernel.errors import Broken
from tongtu.servicing.model.event import Component, LoanEvent
from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.policy import COMPONENTS, INTEREST, PRINCIPAL
from tongtu.servicing.rules.allocation import put
from tongtu.servicing.rules.rows import additional_row, row_holding

Amounts = tuple[int, int, int, int]
# Overdue interest, which lies on no row, is put back as interest of one.
_SLOTS = {component: slot for slot, component in enumerate(COMPONENTS)}
_SLOTS[Component.OVERDUE_INTEREST] = INTEREST


def give_back(life: Life, on: date, amount_minor: int) -> None:
    """Return money to the borrower: first what is beyond the debt, the rest is owed again."""
    covered = min(amount_minor, life.overpaid_minor)
    life.overpaid_minor -= covered
    if covered == amount_minor:
        life.refunded_minor += covered
        return
    if life.terms.signed is not None:
        raise Broken("more was given back than lay beyond the debt", code="over_refunded")
    row = _row_for(life, on)
    _put_back(life, row, on, (0, 0, 0, amount_minor))
    if covered:
        put(row, PRINCIPAL, covered, on)
        life.reduce(on, covered)


def charge_back(life: Life, event: LoanEvent, payment: int) -> int:
    """Take a payment back, split by the credit order over what it had paid.

    Return what money beyond the debt then pays; the caller spreads it.
    """
    amount, on = event.amount_minor, event.value_date
    order = life.terms.credit_order
    if not order:
        give_back(life, on, amount)
        return 0
    back = put_back_parts(life, payment, amount)
    _put_back(life, _row_for(life, on), on, back)
    covered = min(amount, life.overpaid_minor)
    life.overpaid_minor -= covered
    return covered


def credit(life: Life, on: date, slot: int, amount_minor: int) -> None:
    """Put one part of a payment back on the row that holds the day."""
    amounts = [0, 0, 0, 0]
    amounts[slot] = amount_minor
    _put_back(life, _row_for(life, on), on, (amounts[0], amounts[1], amounts[2], amounts[3]))


def refund_in_cash(life: Life, on: date, amount_minor: int) -> None:
    """Give money back out of what was paid: beyond the debt first, then the last paid rows."""
    left = amount_minor - min(amount_minor, life.overpaid_minor)
    life.overpaid_minor -= amount_minor - left
    for row in reversed(life.rows):
        for slot in (PRINCIPAL, INTEREST, *range(INTEREST)):
            taken = min(left, row.paid[slot])
            if taken:
                row.paid[slot] -= taken
                row.closed_on = None
                # What came last goes first: late money before what was paid in advance.
                late = min(taken, row.late_minor)
                row.late_minor -= late
                row.in_advance_minor -= min(taken - late, row.in_advance_minor)
                if slot == PRINCIPAL and not row.is_down_payment:
                    life.reduce(on, -taken)
                left -= taken
    life.refunded_minor += amount_minor - left


def put_back_parts(life: Life, payment: int, amount: int) -> Amounts:
    """Return which parts of a payment are charged back, and note them."""
    back = _split(life, payment, amount)
    before = life.charged_back.get(payment, (0, 0, 0, 0))
    summed = [one + other for one, other in zip(before, back, strict=True)]
    life.charged_back[payment] = (summed[0], summed[1], summed[2], summed[3])
    return back


def _split(life: Life, payment: int, amount: int) -> Amounts:
    """Take the amount from the payment's parts in the credit order; what is left is principal."""
    paid = [0, 0, 0, 0]
    for portion in life.parts.get(payment, ()):
        paid[_SLOTS[portion.component]] += portion.amount_minor
    former = life.charged_back.get(payment, (0, 0, 0, 0))
    back = [0, 0, 0, 0]
    for component in life.terms.credit_order:
        slot = COMPONENTS.index(component)
        back[slot] = min(amount, max(paid[slot] - former[slot], 0))
        amount -= back[slot]
    back[PRINCIPAL] += amount
    return back[0], back[1], back[2], back[3]


def _row_for(life: Life, on: date) -> Row:
    """Return the row money given back on a day is asked for with."""
    planned = row_holding(life, on)
    if planned is not None:
        return planned
    last = life.rows[-1]
    return last if last.due == on and not last.is_additional else additional_row(life, on)


def _put_back(life: Life, row: Row, on: date, amounts: Amounts) -> None:
    for slot, amount in enumerate(amounts):
        row.credit(slot, amount)
    if amounts[PRINCIPAL]:
        life.credits = (*life.credits, (on, amounts[PRINCIPAL]))
        life.credited_minor += amounts[PRINCIPAL]
    if sum(amounts):
        row.closed_on = None
