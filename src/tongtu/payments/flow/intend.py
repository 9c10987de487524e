"""The two ways to begin a payment. Both only write an intention, in the caller's transaction."""

from __future__ import annotations

from dataclasses import replace

from asyncpg.exceptions import UniqueViolationError

from tongtu.kernel.errors import Broken, Conflict
from tongtu.payments.model import (
    AMOUNT_MINOR_MAX,
    MERCHANT_KINDS,
    Instruction,
    PaymentKind,
    Warrant,
)
from tongtu.payments.store import instruction as store
from tongtu.runtime.api import Connection, Runtime


async def release(
    connection: Connection, runtime: Runtime, warrant: Warrant, instruction: Instruction
) -> Instruction:
    """Write the warrant and the payout it allows; the worker sends it after the commit.

    Raises:
        Conflict: the decision, agreement or commitment has had its payout. Nothing has changed.
        Broken: not a payout, or not of the warrant's amount.
    """
    if instruction.amount_minor != warrant.amount_minor:
        raise Broken("a payout is for the warrant's amount, no more and no less")
    ready = _ready(runtime, instruction, is_payout=True)
    at = runtime.clock.now()
    try:
        async with connection.transaction():
            await store.add_warrant(connection, warrant, ready, at)
            await store.add_instruction(connection, ready, warrant.decision, at)
    except UniqueViolationError:
        raise Conflict("this loan has been paid out or is on its way", code="paid_once") from None
    return ready


async def collect(
    connection: Connection, runtime: Runtime, instruction: Instruction
) -> Instruction:
    """Write a collection; the worker sends it after the commit.

    Raises:
        Conflict: an instruction of this id exists. Nothing has changed.
        Broken: not a collection, or one from a merchant without its account.
    """
    if instruction.kind is PaymentKind.REFUND:
        raise Broken("a refund is not collected")
    ready = _ready(runtime, instruction, is_payout=False)
    try:
        async with connection.transaction():
            await store.add_instruction(connection, ready, None, runtime.clock.now())
    except UniqueViolationError:
        raise Conflict("this payment has been asked for", code="paid_once") from None
    return ready


async def send_back(
    connection: Connection, runtime: Runtime, instruction: Instruction
) -> Instruction:
    """Write a refund to the borrower; the worker sends it after the commit.

    It needs no warrant, since no more goes back than was paid: two persons allow it (journey). The
    caller holds the loan.

    Raises:
        Conflict: code `refund_under_way`: one of the loan is not at its end, or disputed, or its
            end is not in the books. Nothing has changed.
        Broken: not a refund.
    """
    if instruction.kind is not PaymentKind.REFUND:
        raise Broken("only a refund is sent back")
    ready = _ready(runtime, instruction, is_payout=False)
    under_way = Conflict("a refund of this loan is under way", code="refund_under_way")
    if await store.is_refund_open(connection, ready.cell, ready.subject):
        raise under_way
    try:
        async with connection.transaction():
            await store.add_instruction(connection, ready, None, runtime.clock.now())
    except UniqueViolationError:
        raise under_way from None
    return ready


def _ready(runtime: Runtime, instruction: Instruction, *, is_payout: bool) -> Instruction:
    kind = instruction.kind
    if (kind is PaymentKind.PAYOUT) != is_payout or instruction.cell != runtime.cell(
        instruction.party
    ):
        raise Broken(f"a {kind} is not begun like this, or not in its party's cell")
    if kind in MERCHANT_KINDS and instruction.account is None:
        raise Broken("what a merchant pays names its account")
    if not 0 < instruction.amount_minor <= AMOUNT_MINOR_MAX:
        raise Broken("an amount beyond what a payment may carry")
    # Stored, not computed again later: a payment keeps its name even if the key of names changes.
    return replace(instruction, end_to_end_id=runtime.public.show("payment", instruction.id))
