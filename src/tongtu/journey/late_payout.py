"""A payout that the bank made after its no: what the refusal gave back is taken up again.

Money that left stands on one loan or in a named break: never on two loans, and never in neither.
"""

from __future__ import annotations

from tongtu.checkout.api import PurchaseState, hold_purchase, move
from tongtu.contracts.api import Agreement
from tongtu.funding.api import commit_paid
from tongtu.journey.case import move_on, step_of
from tongtu.journey.payout import hold
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Broken, Conflict, Refused
from tongtu.ledger.api import Code, NotPosted
from tongtu.origination.api import restore_exposure
from tongtu.payments.api import (
    BreakKind,
    Instruction,
    PaymentState,
    cover,
    is_booked,
    open_break,
)
from tongtu.runtime.api import Connection, Runtime, business_date, get_logger
from tongtu.servicing.api import find_draw, share_books, take_up_draw

# The case has gone on with another payout.
_PAID_ANEW = frozenset({Step.PAYING_OUT, Step.FUNDED, Step.SETTLED})
# How a payout that left stands when no loan took it.
_WITHOUT_LOAN = (BreakKind.PAID_TWICE, BreakKind.PAYOUT_NOT_BOOKED)
log = get_logger("journey")


async def take_up(
    connection: Connection, runtime: Runtime, payment: Instruction, agreement: Agreement
) -> bool:
    """Take up the money, promise, exposure and case of a refused payout that left all the same.

    False where no loan can take it: a break says so, and nothing else has changed.
    """
    step = await step_of(connection, runtime, payment.subject)
    if step is not Step.PAYOUT_FAILED:
        kind = BreakKind.PAID_TWICE if step in _PAID_ANEW else BreakKind.PAYOUT_NOT_BOOKED
        await open_break(connection, runtime, payment, kind)
        return False
    try:
        async with connection.transaction():
            await _take_up(connection, runtime, payment, agreement)
    except (Refused, Conflict, NotPosted) as refusal:
        log.warning("payout_not_booked", payment=payment.end_to_end_id, reason=refusal.code)
        await open_break(connection, runtime, payment, BreakKind.PAYOUT_NOT_BOOKED)
        return False
    return True


async def came_back_without_loan(
    connection: Connection, runtime: Runtime, payment: Instruction
) -> int:
    """Let the break of a payout that no loan took end with the money that came back."""
    if not await is_booked(connection, payment.cell, payment.id, PaymentState.SETTLED):
        raise Broken(f"payout {payment.id} came back before it was entered")
    at, why = runtime.clock.now(), "its money came back to the lender"
    covered = [await cover(connection, payment, kind, at, why) for kind in _WITHOUT_LOAN]
    if not any(covered):
        # A person put it right in some other way, which this money now undoes.
        await open_break(connection, runtime, payment, BreakKind.RETURNED_COLLECTION)
    return 0


async def _take_up(
    connection: Connection, runtime: Runtime, payment: Instruction, agreement: Agreement
) -> None:
    cell = payment.cell
    await share_books(connection, cell)
    await hold(connection, runtime, payment, Code.PAYOUT_HOLD)
    purchase = await hold_purchase(connection, cell, payment.subject)
    if purchase is not None:
        await move(connection, runtime, purchase, PurchaseState.CAPTURED)
    draw = await find_draw(connection, cell, payment.subject)
    if draw is not None:
        await take_up_draw(connection, runtime, cell, draw.id)
    else:
        # The money left: neither the day's quota nor the person's limit can stop it any more.
        deal, at = agreement.deal, runtime.clock.now()
        await commit_paid(connection, cell, deal.commitment, await business_date(connection), at)
        await restore_exposure(connection, cell, agreement.offer, deal.principal_minor)
    await move_on(connection, runtime, payment.subject, Event.PAYOUT_STARTED)
