"""A payout that the bank refused is made once more: proposed by one person, allowed by another.

Only after a clear no (see payments), while the agreement is valid, and under a new warrant.
"""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.contracts.api import Agreement, agreement_of_application, is_payable
from tongtu.funding.api import Book, commit_again
from tongtu.identity.api import Approval, Caller, CommandKey, Proposal
from tongtu.journey.case import move_on, step_of
from tongtu.journey.payout import pay
from tongtu.journey.steps import Event, Step
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.kernel.ids import LenderId
from tongtu.origination.api import raise_exposure_again
from tongtu.payments.api import (
    Instruction,
    PaymentKind,
    PaymentState,
    find_latest,
    has_other_payout,
    void_warrant,
)
from tongtu.policy.api import Laws
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.api import share_books

OPERATION = "second_payout"
DEED = Deed(OPERATION, "propose_payout", "pay_again")
PARTY_LIMIT = "party_limit_minor"


@dataclass(frozen=True, slots=True)
class House:
    """What a payout is judged by."""

    runtime: Runtime
    laws: Laws
    book: Book


async def propose_payout(
    runtime: Runtime, caller: Caller, application: int, key: CommandKey
) -> bytes:
    """Propose to pay a refused payout once more; return {"approval", "payment"} as JSON.

    Raises:
        NotFound: the application has had no payout.
        Conflict: its last payout was not refused.
        NotAllowed: another role than one that may propose.
    """

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, str]]:
        failed = await _refused(connection, runtime, application)
        return _proposal(application, failed), {"payment": failed.end_to_end_id}

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def pay_again(house: House, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow what another person proposed and write the new payout; return {"payment", "state"}.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict: decided already; the no is not clear; the agreement has ended.
        Refused: the person owes too much meanwhile, or the pack does not release the money.
        QuotaShort: the lender's budget of the day was given to others.
    """
    runtime = house.runtime

    async def effect(connection: Connection, allowed: Approval) -> dict[str, str]:
        failed = await _refused(connection, runtime, allowed.subject)
        if allowed.body != _proposal(allowed.subject, failed).body:
            raise Conflict("another payout was refused since", code="not_approved")
        await share_books(connection, failed.cell)
        await void_warrant(connection, runtime, failed)
        agreement = await _agreement(connection, runtime, failed)
        await _take_up(connection, house, agreement)
        payment = await pay(connection, runtime, house.laws.base, agreement)
        await move_on(connection, runtime, agreement.application, Event.PAYOUT_STARTED)
        return {"payment": payment.end_to_end_id, "state": payment.state.value}

    return await do_deed(runtime, caller, (approval, key), DEED, effect)


async def _refused(connection: Connection, runtime: Runtime, application: int) -> Instruction:
    cell = runtime.cell(application)
    failed = await find_latest(connection, cell, application, PaymentKind.PAYOUT)
    if failed is None:
        raise NotFound("this application has had no payout")
    step = await step_of(connection, runtime, application)
    if failed.state is not PaymentState.REJECTED or step is not Step.PAYOUT_FAILED:
        raise Conflict("the last payout of this case was not refused", code="wrong_step")
    if await has_other_payout(connection, failed):
        raise Conflict("an earlier payout of this case left, or may have", code="paid_once")
    return failed


async def _agreement(connection: Connection, runtime: Runtime, failed: Instruction) -> Agreement:
    agreement = await agreement_of_application(connection, runtime, failed.subject, failed.party)
    if agreement is None or not is_payable(agreement.deal.rows, await business_date(connection)):
        raise Conflict("the agreement has ended; it has to be signed anew", code="lapsed")
    return agreement


async def _take_up(connection: Connection, house: House, agreement: Agreement) -> None:
    """Take the lender's promise, its quota and the exposure again, as they were given back."""
    today, deal = await business_date(connection), agreement.deal
    cell = house.runtime.cell(agreement.party)
    at = house.runtime.clock.now()
    await commit_again(connection, cell, deal.commitment, today, at)
    lender = house.book.lender(LenderId(agreement.lender))
    law = house.laws.of(lender.id)
    limit_minor = int(law.param(PARTY_LIMIT, today, kind=lender.kind.value))
    await raise_exposure_again(connection, cell, agreement.offer, limit_minor)


def _proposal(application: int, failed: Instruction) -> Proposal:
    # The refused payout is part of what is allowed: an approval serves this one retry only.
    return Proposal(OPERATION, application, f"{OPERATION}|{application}|{failed.id}".encode())
