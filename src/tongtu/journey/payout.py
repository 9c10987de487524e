"""From a signature to money: warrant and instruction, then the loan, each in one commit.

Both are handlers of events: they may come twice and change nothing the second time.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from types import MappingProxyType

from tongtu.contracts.api import Agreement, Deal, agreement_of_application, find_agreement
from tongtu.evidence.api import Entry, append, commitment
from tongtu.funding.api import CommitmentState, find_commitment, mark_disbursed
from tongtu.funding.api import release as let_go
from tongtu.journey.case import move_on, step_of
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Broken, Refused
from tongtu.kernel.ids import TransferId, id_shard
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post
from tongtu.origination.api import approved_minor, lower_exposure
from tongtu.payments.api import (
    Booking,
    BreakKind,
    Instruction,
    PaymentKind,
    PaymentState,
    Warrant,
    book,
    find_instruction,
    is_booked,
    open_break,
    release,
)
from tongtu.policy.api import Pack, Severity
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.runtime.api import Event as Happened
from tongtu.servicing.api import (
    FrozenTerms,
    LoanStatus,
    Money,
    NewLoan,
    Planned,
    Recorded,
    loan_of,
    open_loan,
    record_repayment,
    share_books,
)

SALT_BYTES = 16


async def start(runtime: Runtime, pack: Pack, happened: Happened) -> None:
    """Handle `contracts.agreement_signed`: hold the lender's money and intend the payout.

    Interest runs from the day of signing; when that day is over, nothing is paid on its terms and
    all is given back.

    Raises:
        Refused: the pack does not release the money; the event waits and is seen.
    """
    party, number = int(happened.payload["party"]), int(happened.payload["agreement"])
    async with runtime.database.transaction() as connection:
        agreement = await find_agreement(connection, runtime, number, party)
        if await step_of(connection, runtime, agreement.application) is not Step.SIGNED:
            return
        await share_books(connection, happened.cell)
        today = await business_date(connection)
        if agreement.deal.rows[0].start != today:
            await _give_up(connection, runtime, agreement, Event.PAYOUT_LAPSED)
            return
        await _judge(connection, runtime, pack, agreement, today)
        payment = runtime.ids.new(id_shard(party))
        amount_minor = agreement.deal.principal_minor
        instruction = Instruction(
            cell=happened.cell,
            id=payment,
            kind=PaymentKind.PAYOUT,
            subject=agreement.application,
            party=party,
            lender=agreement.lender,
            amount_minor=amount_minor,
            value_date=today,
        )
        warrant = Warrant(
            agreement.deal.decision,
            agreement.signed_sha256 or b"",
            agreement.deal.commitment,
            amount_minor,
        )
        await _hold(connection, runtime, instruction, Code.PAYOUT_HOLD)
        await release(connection, runtime, warrant, instruction)
        await move_on(connection, runtime, agreement.application, Event.PAYOUT_STARTED)


async def settled(runtime: Runtime, happened: Happened) -> None:
    """Handle `payments.settled`: what the bank said becomes a loan, a repayment, or a way back.

    Each end of a payment is entered in the books once, in one commit with what it moves.
    """
    state = PaymentState(happened.payload["state"])
    async with runtime.database.transaction() as connection:
        number = int(happened.payload["instruction"])
        payment = await find_instruction(connection, happened.cell, number)
        if payment is None:
            raise Broken(f"there is no instruction {number}")
        if await is_booked(connection, payment.cell, payment.id, state):
            return
        moved_minor = await _WAYS[payment.kind, state](connection, runtime, payment)
        day, at = await business_date(connection), runtime.clock.now()
        end = Booking(payment.cell, payment.id, state, payment.lender, day, moved_minor)
        await book(connection, end, at)


async def _paid_out(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    agreement = await agreement_of_application(connection, runtime, payment.subject, payment.party)
    if agreement is None:
        raise Broken(f"payout {payment.id} has no agreement")
    deal = agreement.deal
    new = NewLoan(
        id=runtime.ids.new(id_shard(payment.party)),
        party=payment.party,
        application=payment.subject,
        agreement=agreement.id,
        lender=payment.lender,
        program=deal.program,
        product=deal.product,
        terms=terms_of(deal),
    )
    money = Money(payment.id, payment.amount_minor, payment.value_date)
    await open_loan(connection, runtime, new, money)
    await mark_disbursed(connection, payment.cell, deal.commitment, runtime.clock.now())
    await move_on(connection, runtime, payment.subject, Event.PAYOUT_CONFIRMED)
    return -payment.amount_minor


async def _given_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    agreement = await agreement_of_application(connection, runtime, payment.subject, payment.party)
    if agreement is None:
        raise Broken(f"payout {payment.id} has no agreement")
    await _hold(connection, runtime, payment, Code.PAYOUT_RELEASE)
    await _give_up(connection, runtime, agreement, Event.PAYOUT_REFUSED)
    return 0


async def _give_up(
    connection: Connection, runtime: Runtime, agreement: Agreement, event: Event
) -> None:
    """No money will leave: the lender's promise and its quota, and the exposure, come free."""
    cell = runtime.cell(agreement.party)
    await let_go(connection, cell, agreement.deal.commitment, runtime.clock.now())
    await lower_exposure(connection, cell, agreement.offer, 0)
    await move_on(connection, runtime, agreement.application, event)


async def _came_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Undo a payout whose money came back: nobody owes for what they never had.

    It is repaid as of the day of the payout, so that no interest was ever earned; the case is open
    again for a person.
    """
    loan = await loan_of(connection, payment.cell, payment.subject)
    if loan is None or not await is_booked(
        connection, payment.cell, payment.id, PaymentState.SETTLED
    ):
        raise Broken(f"payout {payment.id} came back before it was entered")
    back = Money(runtime.ids.new(id_shard(payment.party)), payment.amount_minor, payment.value_date)
    recorded = await record_repayment(connection, runtime, payment.cell, loan, back)
    agreement = await find_agreement(connection, runtime, recorded.loan.agreement, payment.party)
    owed_minor = recorded.state.outstanding_minor
    await lower_exposure(connection, payment.cell, agreement.offer, owed_minor)
    if await step_of(connection, runtime, payment.subject) is Step.FUNDED:
        await move_on(connection, runtime, payment.subject, Event.PAYOUT_RETURNED)
    return _to_lender(recorded)


async def _repaid(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    money = Money(payment.id, payment.amount_minor, payment.value_date)
    recorded = await record_repayment(connection, runtime, payment.cell, payment.subject, money)
    if not recorded.is_new:
        raise Broken(f"repayment {payment.id} was entered and is not booked")
    agreement = await find_agreement(connection, runtime, recorded.loan.agreement, payment.party)
    owed_minor = recorded.state.outstanding_minor
    await lower_exposure(connection, payment.cell, agreement.offer, owed_minor)
    if recorded.is_settled and recorded.loan.status is LoanStatus.LIVE:
        await move_on(connection, runtime, recorded.loan.application, Event.LOAN_SETTLED)
    return _to_lender(recorded)


async def _refused(*_: object) -> int:
    """Nothing was collected, so nothing moves."""
    return 0


async def _taken_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """The bank took a repayment back: the loan is put right by a person, who sees the break."""
    await open_break(connection, runtime, payment, BreakKind.RETURNED_COLLECTION)
    return 0


def _to_lender(recorded: Recorded) -> int:
    """Return how much of a payment reached the lender: what is beyond the debt did not."""
    return sum(part.amount_minor for part in recorded.state.parts[recorded.loan.seq + 1])


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
    }
)


async def _hold(connection: Connection, runtime: Runtime, payment: Instruction, code: Code) -> None:
    """Set the lender's money aside for a payout, or give it back; its leaf names the transfer."""
    funds = Account(payment.cell, AccountKind.LENDER_FUNDS, payment.lender)
    aside = Account(payment.cell, AccountKind.CLEARING_PAYOUT)
    debit, credit = (funds, aside) if code is Code.PAYOUT_HOLD else (aside, funds)
    await open_accounts(connection, [funds, aside])
    transfer = Transfer(
        TransferId(runtime.ids.new(id_shard(payment.party))),
        debit.id, credit.id, payment.amount_minor, code, subject=payment.subject,
    )  # fmt: skip
    at, today = runtime.clock.now(), await business_date(connection)
    [answer] = await post(connection, payment.cell, [transfer], today, at)
    if not answer.has_effect:
        raise Broken(f"the lender's money could not be set aside: {answer.name}")
    leaf = Entry("movement", payment.id, hold_commitment(runtime, payment.id, transfer))
    await append(connection, payment.cell, transfer.id, [leaf], at)


def hold_commitment(runtime: Runtime, payment: int, transfer: Transfer) -> bytes:
    """Return what the log keeps of a hold or its release: the payment and its one transfer.

    The salt follows from the transfer's id under the platform's key, so no row has to keep it.
    """
    salt = runtime.keys.blind("movement", str(transfer.id))[:SALT_BYTES]
    body = {
        "payment": payment,
        "transfers": [
            [transfer.id, transfer.debit, transfer.credit, transfer.amount_minor,
             int(transfer.code)],
        ],
    }  # fmt: skip
    payload = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return commitment(salt, payload)


async def _judge(
    connection: Connection, runtime: Runtime, pack: Pack, agreement: Agreement, today: date
) -> None:
    """Ask the pack whether the money may leave (PRICE-05, FUND-01)."""
    deal = agreement.deal
    cell = runtime.cell(agreement.party)
    commitment = await find_commitment(connection, cell, deal.commitment)
    approved = await approved_minor(
        connection, cell, agreement.offer, agreement.application, deal.decision
    )
    held = commitment.reservation
    facts = {
        "principal_minor": sum(row.principal_minor for row in deal.rows),
        "disbursed_minor": deal.principal_minor,
        "approved_minor": min(approved or 0, held.amount_minor),
        "is_decision_approved": (
            approved is not None and held.application == agreement.application
        ),
        "is_agreement_signed": agreement.signed_sha256 is not None,
        "is_lender_committed": commitment.state is CommitmentState.COMMITTED,
    }
    for finding in pack.evaluate("fund.release", facts, today):
        if finding.severity is not Severity.WARN:
            raise Refused(f"the money is not released: {finding.rule}", code=finding.code)


def terms_of(deal: Deal) -> FrozenTerms:
    """Return the loan's frozen terms: the very rows that were disclosed and signed."""
    rows = tuple(
        Planned(
            row.nr, row.start, row.due_date, row.principal_minor, row.interest_minor, row.fee_minor
        )
        for row in deal.rows
    )
    return FrozenTerms(deal.principal_minor, deal.rate_bps, deal.overdue_rate_bps, rows)
