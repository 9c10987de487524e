"""Refunds and chargebacks: allowed by two persons, paid by the bank, and only then on the loan."""

from __future__ import annotations

from dataclasses import replace

from tongtu.contracts.api import find_agreement
from tongtu.journey.case import move_on, step_of
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Broken, Refused
from tongtu.kernel.ids import id_shard
from tongtu.origination.api import lower_exposure, restore_exposure
from tongtu.payments.api import (
    BreakKind,
    Instruction,
    PaymentKind,
    PaymentState,
    cover,
    is_booked,
    open_break,
    send_back,
)
from tongtu.runtime.api import Connection, Runtime, business_date, get_logger
from tongtu.servicing.api import (
    Change,
    LoanRow,
    LoanState,
    LoanStatus,
    Previewed,
    change_json,
    change_of_json,
    entered_payments,
    find_money_back,
    hold_loan,
    is_imported,
    keep_money_back,
    preview_loan_change,
    record_change,
    share_books,
    take_back,
)

log = get_logger("journey")


async def send_money_back(
    connection: Connection, runtime: Runtime, found: Previewed, change: Change
) -> Instruction:
    """Write the payment of an allowed refund or chargeback; the loan changes when it is paid.

    Raises:
        Conflict: code `refund_under_way`: another refund of the loan has not come to its end.
    """
    row, at = found.row, runtime.clock.now()
    payment = await send_back(
        connection,
        runtime,
        Instruction(
            cell=row.cell,
            id=runtime.ids.new(id_shard(row.party)),
            kind=PaymentKind.REFUND,
            subject=row.id,
            party=row.party,
            lender=row.lender,
            amount_minor=found.event.amount_minor,
            value_date=await business_date(connection),
        ),
    )
    await keep_money_back(
        connection, (row.cell, payment.id), row.id, change_json(change).decode(), at
    )
    return payment


async def went_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Enter a refund that was paid; return what moved on the lender's account.

    Where the loan cannot take it any more, the money is gone all the same: a break says so.
    """
    change = await _change_of(connection, payment)
    try:
        async with connection.transaction():
            # What is previewed is what is changed: the books, then the loan, as every writer.
            await share_books(connection, payment.cell)
            await hold_loan(connection, payment.cell, payment.subject)
            found = await preview_loan_change(connection, payment.cell, payment.subject, change)
            state = await record_change(connection, runtime, payment.cell, payment.subject, change)
    except Refused as refusal:
        log.warning("refund_not_booked", payment=payment.end_to_end_id, reason=refusal.code)
        await open_break(connection, runtime, payment, BreakKind.REFUND_NOT_BOOKED)
        return 0
    await tell_change(connection, runtime, found.row, state)
    # What had been owed back never was the lender's.
    return found.before.surplus_minor - state.surplus_minor - payment.amount_minor


async def not_sent_back(*_: object) -> int:
    """The bank refused a refund: nothing moved, and the loan never changed."""
    return 0


async def came_again(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Undo a refund whose money came back to the lender; where that fails a break says so.

    One that the loan could not take has nothing to undo: its break ends with it.
    """
    if not await is_booked(connection, payment.cell, payment.id, PaymentState.SETTLED):
        raise Broken(f"refund {payment.id} came back before it was entered")
    if payment.id not in await entered_payments(connection, payment.cell, payment.subject):
        at, kind = runtime.clock.now(), BreakKind.REFUND_NOT_BOOKED
        if not await cover(connection, payment, kind, at, "its money came back to the lender"):
            # A person put it right in some other way, which this money now undoes.
            await open_break(connection, runtime, payment, BreakKind.RETURNED_COLLECTION)
        return 0
    try:
        async with connection.transaction():
            by = runtime.ids.new(id_shard(payment.party))
            undone = await take_back(
                connection, runtime, payment.cell, payment.subject, payment.id, by
            )
    except Refused as refusal:
        log.warning("refund_not_undone", payment=payment.end_to_end_id, reason=refusal.code)
        await open_break(connection, runtime, payment, BreakKind.RETURNED_COLLECTION)
        return 0
    await tell_change(connection, runtime, undone.loan, undone.state)
    return undone.to_lender_minor


async def tell_change(
    connection: Connection, runtime: Runtime, row: LoanRow, state: LoanState
) -> None:
    """Let the offer's exposure follow a change of a loan, and its case when that ended it.

    `row` is the loan before, `state` after. One taken over from elsewhere has no paper here.
    """
    if not await is_imported(connection, row.cell, row.id):
        agreement = await find_agreement(connection, runtime, row.agreement, row.party)
        owed_minor = state.outstanding_minor
        if owed_minor > row.outstanding_minor:
            await restore_exposure(connection, row.cell, agreement.offer, owed_minor)
        else:
            await lower_exposure(connection, row.cell, agreement.offer, owed_minor)
    step = await step_of(connection, runtime, row.application)
    if state.status is LoanStatus.SETTLED and step is Step.FUNDED:
        await move_on(connection, runtime, row.application, Event.LOAN_SETTLED)
    elif state.status is LoanStatus.LIVE and step is Step.SETTLED:
        await move_on(connection, runtime, row.application, Event.REPAYMENT_RETURNED)


async def _change_of(connection: Connection, payment: Instruction) -> Change:
    kept = await find_money_back(connection, payment.cell, payment.id)
    if kept is None:
        raise Broken(f"refund {payment.id} carries no change of a loan")
    return replace(change_of_json(kept.encode()), payment=payment.id)
