"""What the bank made of a payment: a loan, a repayment, a way back; each entered in the books once.

The handler may be called twice and changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from tongtu.contracts.api import Deal, agreement_of_application, find_agreement, moved
from tongtu.funding.api import find_shares, mark_disbursed
from tongtu.journey.case import move_on, step_of
from tongtu.journey.credit_balance import give_rest_back, no_longer_owed
from tongtu.journey.debit import debit_ended
from tongtu.journey.late_payout import came_back_without_loan, take_up
from tongtu.journey.line import line_repaid
from tongtu.journey.merchant_money import (
    charged,
    merchant_of,
    payout_came_back,
    purchase_paid,
    refund_came_back,
    refund_refused,
    refunded,
)
from tongtu.journey.merchant_payback import came_back_from_merchant, reached_merchant
from tongtu.journey.money_back import came_again, not_sent_back, tell_change, went_back
from tongtu.journey.payout import give_up, hold
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Broken, Refused
from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import Code, NotPosted
from tongtu.origination.api import lower_exposure
from tongtu.payments.api import (
    Booking,
    BreakKind,
    Instruction,
    PaymentKind,
    PaymentState,
    book,
    cover,
    hold_payment,
    is_booked,
    is_break_open,
    live_mandate,
    open_break,
    open_unposted,
    plan_debits,
)
from tongtu.runtime.api import Connection, Runtime, business_date, get_logger
from tongtu.runtime.api import Event as Happened
from tongtu.servicing.api import (
    FrozenTerms,
    LoanStatus,
    Money,
    NewLoan,
    Planned,
    entered_payments,
    find_draw,
    hold_loan,
    is_imported,
    loan_of,
    open_draw,
    open_loan,
    record_repayment,
    share_books,
    take_back,
)
from tongtu.terms.api import LoanTerms, schedule

log = get_logger("journey")


async def settled(runtime: Runtime, happened: Happened) -> None:
    """Handle `payments.settled`: what the bank said becomes a loan, a repayment, or a way back.

    Each end of a payment is entered in the books once, in one commit with what it moves. One that
    the ledger refuses stands in a break until a person lets it be entered anew.
    """
    state = PaymentState(happened.payload["state"])
    async with runtime.database.transaction() as connection:
        number = int(happened.payload["instruction"])
        # The books before the payment, as every writer; the news of one payment comes one by one.
        await share_books(connection, happened.cell)
        payment = await hold_payment(connection, happened.cell, number)
        if payment is None:
            raise Broken(f"there is no instruction {number}")
        if await _is_before(connection, payment, state):
            await _enter(connection, runtime, payment, PaymentState.SETTLED)
        is_new = await _enter(connection, runtime, payment, state)
        # Money that came back meanwhile makes nothing of its debit; that end tells what does.
        is_last = state is not PaymentState.SETTLED or payment.state is not PaymentState.RETURNED
        if is_new and is_last and payment.kind is PaymentKind.COLLECTION:
            await debit_ended(connection, runtime, payment)


async def _is_before(connection: Connection, payment: Instruction, state: PaymentState) -> bool:
    """Tell whether money that came back has still to be entered as moved.

    News of both comes in any order, often at once. What the ledger refused waits for a person.
    """
    if state is not PaymentState.RETURNED:
        return False
    return not await is_break_open(connection, payment, BreakKind.NOT_POSTED)


async def _enter(
    connection: Connection, runtime: Runtime, payment: Instruction, state: PaymentState
) -> bool:
    """Enter one end of a held payment; False where it is in the books, or the ledger refuses it.

    A break names what the ledger refuses.
    """
    if await is_booked(connection, payment.cell, payment.id, state):
        return False
    try:
        async with connection.transaction():
            is_over = await _came_unentered(connection, runtime, payment, state)
            moved_minor = (
                0 if is_over else await _WAYS[payment.kind, state](connection, runtime, payment)
            )
    except NotPosted as refusal:
        log.error("payment_not_posted", payment=payment.end_to_end_id, reason=str(refusal))
        await open_unposted(connection, runtime, payment, state)
        return False
    if not is_over:
        await _book(connection, runtime, payment, (state, moved_minor))
    return True


async def _came_unentered(
    connection: Connection, runtime: Runtime, payment: Instruction, state: PaymentState
) -> bool:
    """Book an end that came to nothing: money came back that the ledger had never taken.

    Both ends are then in the books with nothing moved; a payout's money was still set aside, unless
    an earlier no had given it back.
    """
    unposted = BreakKind.NOT_POSTED
    if state is not PaymentState.RETURNED or await is_booked(
        connection, payment.cell, payment.id, PaymentState.SETTLED
    ):
        return False
    at, why = runtime.clock.now(), "its money came back"
    if not await cover(connection, payment, unposted, at, why):
        return False
    was_refused = await is_booked(connection, payment.cell, payment.id, PaymentState.REJECTED)
    if payment.kind is PaymentKind.PAYOUT and not was_refused:
        await _given_back(connection, runtime, payment)
    for end in (PaymentState.SETTLED, PaymentState.RETURNED):
        await _book(connection, runtime, payment, (end, 0))
    return True


async def _book(
    connection: Connection, runtime: Runtime, payment: Instruction, end: tuple[PaymentState, int]
) -> None:
    """Note an end and what it moved, and that nothing of it waits for the ledger any more."""
    state, moved_minor = end
    day, at = await business_date(connection), runtime.clock.now()
    booking = Booking(payment.cell, payment.id, state, payment.lender, day, moved_minor)
    await book(connection, booking, at)
    await cover(connection, payment, BreakKind.NOT_POSTED, at, "it stands in the books")


async def _paid_out(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    agreement = await agreement_of_application(connection, runtime, payment.subject, payment.party)
    if agreement is None:
        raise Broken(f"payout {payment.id} has no agreement")
    was_refused = await is_booked(connection, payment.cell, payment.id, PaymentState.REJECTED)
    if was_refused and not await take_up(connection, runtime, payment, agreement):
        return 0
    # A payout is entered on its own day, but for one that two persons say left after all: nobody
    # bears interest for days on which they were told that nothing came.
    today = await business_date(connection)
    deal = paid_on(agreement.deal, today)
    purchase = await merchant_of(connection, payment)
    new = NewLoan(
        id=runtime.ids.new(id_shard(payment.party)),
        party=payment.party,
        application=payment.subject,
        agreement=agreement.id,
        lender=payment.lender,
        program=deal.program,
        product=deal.product,
        terms=terms_of(deal),
        shares=await find_shares(connection, payment.cell, payment.subject),
        merchant=0 if purchase is None else purchase.merchant,
    )
    money = Money(payment.id, payment.amount_minor, today)
    draw = await find_draw(connection, payment.cell, payment.subject)
    if draw is None:
        await open_loan(connection, runtime, new, money)
        await mark_disbursed(connection, payment.cell, deal.commitment, runtime.clock.now())
    else:
        await open_draw(connection, runtime, draw.id, new, money)
    await purchase_paid(connection, runtime, payment, new.id)
    mandate = await live_mandate(connection, payment.cell, payment.subject)
    if mandate is not None:
        due = [(row.nr, row.due_date) for row in deal.rows]
        await plan_debits(connection, mandate, new.id, due, runtime.clock.now())
    await move_on(connection, runtime, payment.subject, Event.PAYOUT_CONFIRMED)
    return -payment.amount_minor


async def _given_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    agreement = await agreement_of_application(connection, runtime, payment.subject, payment.party)
    if agreement is None:
        raise Broken(f"payout {payment.id} has no agreement")
    if await is_booked(connection, payment.cell, payment.id, PaymentState.SETTLED):
        return 0  # the bank's books have spoken since: its no is over
    await hold(connection, runtime, payment, Code.PAYOUT_RELEASE)
    await give_up(connection, runtime, agreement, Event.PAYOUT_REFUSED)
    return 0


async def _came_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Undo a payout whose money came back: nobody owes for what they never had.

    It is repaid as of the day its loan began, so that no interest was ever earned; the case is open
    again for a person.
    """
    loan = await loan_of(connection, payment.cell, payment.subject)
    if loan is None or payment.id not in await entered_payments(connection, payment.cell, loan):
        return await came_back_without_loan(connection, runtime, payment)
    began_on = (await hold_loan(connection, payment.cell, loan)).terms.opened_on
    if (purchase := await merchant_of(connection, payment)) is not None:
        back_on = replace(payment, value_date=began_on)
        return await payout_came_back(connection, runtime, purchase, back_on)
    number = runtime.ids.new(id_shard(payment.party))
    back = Money(number, payment.amount_minor, began_on, is_payout_back=True)
    recorded = await record_repayment(connection, runtime, payment.cell, loan, back)
    agreement = await find_agreement(connection, runtime, recorded.loan.agreement, payment.party)
    owed_minor = recorded.state.outstanding_minor
    await lower_exposure(connection, payment.cell, agreement.offer, owed_minor)
    if await step_of(connection, runtime, payment.subject) is Step.FUNDED:
        await move_on(connection, runtime, payment.subject, Event.PAYOUT_RETURNED)
    await give_rest_back(connection, runtime, recorded.loan, recorded.state)
    return recorded.to_lender_minor


async def _repaid(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    money = Money(payment.id, payment.amount_minor, payment.value_date)
    recorded = await record_repayment(connection, runtime, payment.cell, payment.subject, money)
    if not recorded.is_new:
        raise Broken(f"repayment {payment.id} was entered and is not booked")
    # A loan taken over from elsewhere has no paper here.
    if not await is_imported(connection, payment.cell, recorded.loan.id):
        agreement = await find_agreement(
            connection, runtime, recorded.loan.agreement, payment.party
        )
        owed_minor = recorded.state.outstanding_minor
        await lower_exposure(connection, payment.cell, agreement.offer, owed_minor)
    await line_repaid(connection, payment.cell, recorded.loan.application)
    if recorded.is_settled and recorded.loan.status is LoanStatus.LIVE:
        await move_on(connection, runtime, recorded.loan.application, Event.LOAN_SETTLED)
    await give_rest_back(connection, runtime, recorded.loan, recorded.state)
    return recorded.to_lender_minor


async def _refused(*_: object) -> int:
    """Nothing was collected, or paid back, so nothing moves."""
    return 0


async def _taken_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Undo a repayment that the bank took back: it is owed again, as if it had never been paid.

    Where the loan cannot undo it any more, a break says so and a person puts it right.
    """
    if not await is_booked(connection, payment.cell, payment.id, PaymentState.SETTLED):
        raise Broken(f"repayment {payment.id} came back before it was entered")
    back = runtime.ids.new(id_shard(payment.party))
    try:
        async with connection.transaction():
            undone = await take_back(
                connection, runtime, payment.cell, payment.subject, payment.id, back
            )
    except Refused as refusal:
        log.warning("repayment_not_undone", payment=payment.end_to_end_id, reason=refusal.code)
        await open_break(connection, runtime, payment, BreakKind.RETURNED_COLLECTION)
        return 0
    await tell_change(connection, runtime, undone.loan, undone.state)
    await give_rest_back(connection, runtime, undone.loan, undone.state)
    return undone.to_lender_minor


async def _sent_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Enter a refund that reached the borrower: what no bank would take before, it took now."""
    moved_minor = await went_back(connection, runtime, payment)
    await no_longer_owed(connection, runtime, (payment.cell, payment.subject))
    return moved_minor


async def _not_undone(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Money that was collected went back, or a merchant did not pay: a person sees the break."""
    await open_break(connection, runtime, payment, BreakKind.RETURNED_COLLECTION)
    return 0


_Way = Callable[[Connection, Runtime, Instruction], Awaitable[int]]
# What each end of a payment means; it returns what moved on the lender's account in the ledger.
_WAYS: Mapping[tuple[PaymentKind, PaymentState], _Way] = MappingProxyType(
    {
        (PaymentKind.PAYOUT, PaymentState.SETTLED): _paid_out,
        (PaymentKind.PAYOUT, PaymentState.REJECTED): _given_back,
        (PaymentKind.PAYOUT, PaymentState.RETURNED): _came_back,
        (PaymentKind.COLLECTION, PaymentState.SETTLED): _repaid,
        (PaymentKind.COLLECTION, PaymentState.REJECTED): _refused,
        (PaymentKind.COLLECTION, PaymentState.RETURNED): _taken_back,
        (PaymentKind.REFUND, PaymentState.SETTLED): _sent_back,
        (PaymentKind.REFUND, PaymentState.REJECTED): not_sent_back,
        (PaymentKind.REFUND, PaymentState.RETURNED): came_again,
        (PaymentKind.MERCHANT_CHARGE, PaymentState.SETTLED): charged,
        (PaymentKind.MERCHANT_CHARGE, PaymentState.REJECTED): _not_undone,
        (PaymentKind.MERCHANT_CHARGE, PaymentState.RETURNED): _not_undone,
        (PaymentKind.MERCHANT_REFUND, PaymentState.SETTLED): refunded,
        (PaymentKind.MERCHANT_REFUND, PaymentState.REJECTED): refund_refused,
        (PaymentKind.MERCHANT_REFUND, PaymentState.RETURNED): refund_came_back,
        (PaymentKind.MERCHANT_PAYBACK, PaymentState.SETTLED): reached_merchant,
        (PaymentKind.MERCHANT_PAYBACK, PaymentState.REJECTED): _refused,
        (PaymentKind.MERCHANT_PAYBACK, PaymentState.RETURNED): came_back_from_merchant,
    }
)


def paid_on(deal: Deal, day: date) -> Deal:
    """Return the deal as it runs when its money left on `day`: the same amounts, its dates moved.

    Raises:
        Broken: the calendar gives another number of instalments.
    """
    first = deal.rows[0].start
    if day == first:
        return deal
    plan = schedule(LoanTerms(deal.principal_minor, deal.rate_bps, len(deal.rows), day))
    due = [row.due_date for row in plan.rows]
    return replace(deal, rows=tuple(moved(deal.rows, [day, *due[:-1]], due)))


def terms_of(deal: Deal) -> FrozenTerms:
    """Return the loan's frozen terms: the very rows that were disclosed and signed."""
    rows = tuple(
        Planned(
            row.nr, row.start, row.due_date, row.principal_minor, row.interest_minor, row.fee_minor
        )
        for row in deal.rows
    )
    return FrozenTerms(
        deal.principal_minor, deal.rate_bps, deal.overdue_rate_bps, rows, deal.payment_order
    )
