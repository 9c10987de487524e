"""From a signature to money: warrant and instruction, then the loan, each in one commit.

Both are handlers of events: they may come twice and change nothing the second time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from tongtu.checkout.api import PurchaseState, authorise, hold_purchase, move
from tongtu.contracts.api import Agreement, find_agreement
from tongtu.evidence.api import Entry, append, commitment
from tongtu.funding.api import CommitmentState, find_commitment, find_shares
from tongtu.funding.api import release as let_go
from tongtu.journey.case import move_on, step_of
from tongtu.journey.draw import check_line
from tongtu.journey.line import end_draw, open_line
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import TransferId, id_shard
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    NotPosted,
    Transfer,
    open_accounts,
    post,
)
from tongtu.origination.api import approved_minor as approved_of
from tongtu.origination.api import lower_exposure
from tongtu.payments.api import (
    Instruction,
    PaymentKind,
    Warrant,
    release,
)
from tongtu.policy.api import Pack, Severity
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.runtime.api import Event as Happened
from tongtu.servicing.api import find_draw, share_books

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
            await give_up(connection, runtime, agreement, Event.PAYOUT_LAPSED)
            return
        if not await is_captured(connection, runtime, agreement, today):
            return
        if agreement.deal.is_line:
            await open_line(connection, runtime, agreement)
            return
        await pay(connection, runtime, pack, agreement)
        await move_on(connection, runtime, agreement.application, Event.PAYOUT_STARTED)


async def is_captured(
    connection: Connection, runtime: Runtime, agreement: Agreement, today: date
) -> bool:
    """Authorise the purchase a signature pays for, and tell whether its payout goes out at once.

    One that its merchant captures by itself waits for that until the end of the day.
    """
    cell = runtime.cell(agreement.party)
    purchase = await hold_purchase(connection, cell, agreement.application)
    if purchase is None:
        return True
    if purchase.state is PurchaseState.APPLIED:
        signed = today, agreement.lender, agreement.deal.paid_by_payee_minor
        await authorise(connection, runtime, purchase, signed)
    return purchase.is_captured_at_once


async def pay(
    connection: Connection, runtime: Runtime, pack: Pack, agreement: Agreement
) -> Instruction:
    """Ask the pack, set the lender's money aside, and write the payout under its warrant.

    A purchase is paid straight to its merchant's account.

    Raises:
        Refused: the pack does not release the money.
        Conflict: this agreement has had its payout.
    """
    today = await business_date(connection)
    await _judge(connection, runtime, pack, agreement, today)
    purchase = await hold_purchase(connection, runtime.cell(agreement.party), agreement.application)
    if purchase is not None:
        await move(connection, runtime, purchase, PurchaseState.CAPTURED)
    amount_minor = agreement.deal.principal_minor
    instruction = Instruction(
        cell=runtime.cell(agreement.party),
        id=runtime.ids.new(id_shard(agreement.party)),
        kind=PaymentKind.PAYOUT,
        subject=agreement.application,
        party=agreement.party,
        lender=agreement.lender,
        amount_minor=amount_minor,
        value_date=today,
        account=None if purchase is None else purchase.terms.account,
    )
    warrant = Warrant(
        agreement.deal.decision,
        agreement.signed_sha256 or b"",
        agreement.deal.commitment,
        amount_minor,
    )
    await hold(connection, runtime, instruction, Code.PAYOUT_HOLD)
    return await release(connection, runtime, warrant, instruction)


async def give_up(
    connection: Connection, runtime: Runtime, agreement: Agreement, event: Event
) -> None:
    """No money will leave: the lender's promise and its quota, and the exposure, come free."""
    cell = runtime.cell(agreement.party)
    purchase = await hold_purchase(connection, cell, agreement.application)
    if purchase is not None:
        was_sent = purchase.state is PurchaseState.CAPTURED
        ended = PurchaseState.FAILED if was_sent else PurchaseState.LAPSED
        await move(connection, runtime, purchase, ended)
    if not await end_draw(connection, runtime, agreement):
        await let_go(connection, cell, agreement.deal.commitment, runtime.clock.now())
        await lower_exposure(connection, cell, agreement.offer, 0)
    await move_on(connection, runtime, agreement.application, event)


async def hold(connection: Connection, runtime: Runtime, payment: Instruction, code: Code) -> None:
    """Set the lender's money aside for a payout, or give it back; the leaf names the transfers.

    The other funders of a joint loan first bring their shares, or have them back after: all of
    them or none. Raises NotPosted.
    """
    cell = payment.cell
    shares = await find_shares(connection, cell, payment.subject)
    lead = Account(cell, AccountKind.LENDER_FUNDS, payment.lender)
    aside = Account(cell, AccountKind.CLEARING_PAYOUT)
    others = [
        (Account(cell, AccountKind.LENDER_FUNDS, one.lender), one.principal_minor)
        for one in (shares.members if shares else ())
        if one.lender != payment.lender
    ]
    await open_accounts(connection, [lead, aside, *(account for account, _ in others)])
    whole = (lead, aside, payment.amount_minor, Code.PAYOUT_HOLD)
    legs = [*((one, lead, share, Code.SHARE_FUNDED) for one, share in others), whole]
    if code is Code.PAYOUT_RELEASE:
        legs = [
            (aside, lead, payment.amount_minor, Code.PAYOUT_RELEASE),
            *((lead, one, share, Code.SHARE_GIVEN_BACK) for one, share in others),
        ]
    numbers = [TransferId(runtime.ids.new(id_shard(payment.party))) for _ in legs]
    link = numbers[0] if others else 0
    transfers = [
        Transfer(number, debit.id, credit.id, amount_minor, why, link, payment.subject)
        for number, (debit, credit, amount_minor, why) in zip(numbers, legs, strict=True)
    ]
    at, today = runtime.clock.now(), await business_date(connection)
    answers = await post(connection, cell, transfers, today, at)
    if refused := sorted({answer.name for answer in answers if not answer.has_effect}):
        raise NotPosted(f"the lender's money could not be set aside: {', '.join(refused)}")
    leaf = Entry("movement", payment.id, hold_commitment(runtime, payment.id, transfers))
    await append(connection, cell, numbers[0], [leaf], at)


def hold_commitment(runtime: Runtime, payment: int, transfers: Sequence[Transfer]) -> bytes:
    """Return what the log keeps of a hold or its release: the payment and its transfers.

    The salt follows from the first transfer's id under the platform's key, so no row keeps it.
    """
    salt = runtime.keys.blind("movement", str(transfers[0].id))[:SALT_BYTES]
    body = {
        "payment": payment,
        "transfers": [
            [one.id, one.debit, one.credit, one.amount_minor, int(one.code)] for one in transfers
        ],
    }
    payload = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return commitment(salt, payload)


async def _judge(
    connection: Connection, runtime: Runtime, pack: Pack, agreement: Agreement, today: date
) -> None:
    """Ask the pack whether the money may leave (PRICE-05, FUND-01)."""
    deal = agreement.deal
    cell = runtime.cell(agreement.party)
    draw = await find_draw(connection, cell, agreement.application)
    if draw is not None:
        await check_line(connection, cell, draw)
        # The draw is reserved under a line that was decided, signed and promised.
        promised = draw.amount_minor, True, True
    else:
        promised = await _promised(connection, cell, agreement)
    approved_minor, is_approved, is_committed = promised
    facts = {
        "principal_minor": sum(row.principal_minor for row in deal.rows),
        "disbursed_minor": deal.principal_minor,
        "approved_minor": approved_minor,
        "is_decision_approved": is_approved,
        "is_agreement_signed": agreement.signed_sha256 is not None,
        "is_lender_committed": is_committed,
    }
    for finding in pack.evaluate("fund.release", facts, today):
        if finding.severity is not Severity.WARN:
            raise Refused(f"the money is not released: {finding.rule}", code=finding.code)


async def _promised(
    connection: Connection, cell: int, agreement: Agreement
) -> tuple[int, bool, bool]:
    """Return how much is approved, whether the decision and whether the lender says so."""
    deal = agreement.deal
    commitment = await find_commitment(connection, cell, deal.commitment)
    approved = await approved_of(
        connection, cell, agreement.offer, agreement.application, deal.decision
    )
    held = commitment.reservation
    is_approved = approved is not None and held.application == agreement.application
    is_committed = commitment.state is CommitmentState.COMMITTED
    return min(approved or 0, held.amount_minor), is_approved, is_committed
