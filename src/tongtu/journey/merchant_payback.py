"""What is owed to a merchant is paid to it by two persons, and stands in its file of the day."""

from __future__ import annotations

from typing import Any

from tongtu.checkout.api import Purchase, hold_purchase
from tongtu.identity.api import Approval, Caller, CommandKey, Proposal
from tongtu.journey.merchant_money import give_owed, take_owed
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import id_shard
from tongtu.payments.api import (
    BreakKind,
    Instruction,
    PaymentState,
    check_owed,
    cover,
    is_booked,
    open_break,
    owed_again,
    paid_back,
    pay_back,
)
from tongtu.runtime.api import Connection, Runtime, business_date

DEED = Deed("merchant_payback", "propose_payback", "pay_merchant_back")


async def propose_payback(runtime: Runtime, caller: Caller, number: int, key: CommandKey) -> bytes:
    """Propose to pay what a break says is owed; return {"approval", "amount_minor", ...} as JSON.

    Raises:
        NotFound: no such break.
        Conflict: nothing is owed to a merchant by it; it is on its way.
        NotAllowed: another role than one that may propose.
    """

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, Any]]:
        came = await check_owed(connection, runtime, number)
        told = {"amount_minor": came.amount_minor, "account": came.account}
        return Proposal(DEED.operation, number, _body(came)), told

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def pay_merchant_back(
    runtime: Runtime, caller: Caller, approval: int, key: CommandKey
) -> bytes:
    """Allow what another person proposed and write the payment; return {"payment", "state"}.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word; or as the proposal, by now.
    """

    async def effect(connection: Connection, allowed: Approval) -> dict[str, str]:
        today = await business_date(connection)
        payment = await pay_back(connection, runtime, allowed.subject, today)
        return {"payment": payment.end_to_end_id, "state": payment.state.value}

    return await do_deed(runtime, caller, (approval, key), DEED, effect)


def _body(came: Instruction) -> bytes:
    return f"{DEED.operation}|{came.id}|{came.amount_minor}".encode()


async def reached_merchant(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Enter what a merchant was paid back; where it had its money already, a break says so."""
    held = await _purchase(connection, payment)
    if not await paid_back(connection, runtime, payment):
        await open_break(connection, runtime, payment, BreakKind.PAID_TWICE)
        return 0
    await give_owed(connection, runtime, held, payment, payment.id)
    return 0


async def came_back_from_merchant(
    connection: Connection, runtime: Runtime, payment: Instruction
) -> int:
    """Owe it to the merchant again: the bank gave back what it was paid."""
    if not await is_booked(connection, payment.cell, payment.id, PaymentState.SETTLED):
        raise Broken(f"payment {payment.id} came back before it was entered")
    at, why = runtime.clock.now(), "its money came back"
    if await cover(connection, payment, BreakKind.PAID_TWICE, at, why):
        return 0
    held = await _purchase(connection, payment)
    # An id of its own: the payment's stands for the money that left.
    await take_owed(connection, runtime, held, payment, runtime.ids.new(id_shard(held.party)))
    await owed_again(connection, runtime, payment)
    return 0


async def _purchase(connection: Connection, payment: Instruction) -> Purchase:
    found = await hold_purchase(connection, payment.cell, payment.subject)
    if found is None:
        raise Broken(f"payment {payment.id} belongs to no purchase")
    return found
