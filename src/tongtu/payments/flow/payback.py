"""What is owed to a merchant goes back to it: a payment of its break, written once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tongtu.kernel.errors import Broken, Conflict, NotFound
from tongtu.kernel.ids import cell_of, id_shard
from tongtu.payments.flow.hear import open_break
from tongtu.payments.flow.intend import collect
from tongtu.payments.matching import BreakKind
from tongtu.payments.model import Instruction, PaymentKind, PaymentState
from tongtu.payments.store import breaks, payback
from tongtu.payments.store import instruction as store
from tongtu.runtime.api import Connection, Runtime


async def check_owed(connection: Connection, runtime: Runtime, number: int) -> Instruction:
    """Return the payment by which a merchant paid what a break says is owed to it, break locked.

    Raises:
        NotFound: no such break.
        Conflict: `wrong_step`: it is closed, or of another kind; `payback_under_way`.
    """
    cell = cell_of(id_shard(number), runtime.settings.cells)
    row = await breaks.hold(connection, cell, number)
    if row is None:
        raise NotFound("there is no such break")
    if row.found.kind is not BreakKind.OWED_TO_MERCHANT or row.closed_at is not None:
        raise Conflict("nothing is owed to a merchant by this", code="wrong_step")
    if await payback.is_live(connection, cell, number):
        raise Conflict("it is on its way to the merchant", code="payback_under_way")
    came = await store.find_instruction(connection, cell, row.found.instruction or 0)
    if came is None or came.account is None:
        raise Broken(f"break {number} names no merchant's payment")
    return came


async def pay_back(
    connection: Connection, runtime: Runtime, number: int, today: date
) -> Instruction:
    """Write the payment of what a break says is owed; the worker sends it after the commit.

    It is of the amount and to the account it came from. Raises as `check_owed`.
    """
    came = await check_owed(connection, runtime, number)
    payment = await collect(
        connection,
        runtime,
        replace(
            came,
            id=runtime.ids.new(id_shard(came.party)),
            kind=PaymentKind.MERCHANT_PAYBACK,
            value_date=today,
            state=PaymentState.INTENDED,
            attempts=0,
            bank_reference=None,
            reason=None,
            is_booked=False,
        ),
    )
    await payback.add(connection, payment.cell, payment.id, number, runtime.clock.now())
    return payment


async def paid_back(connection: Connection, runtime: Runtime, payment: Instruction) -> bool:
    """Close the break that a payment paid back; False if nothing was owed by it any more."""
    at, kind = runtime.clock.now(), BreakKind.OWED_TO_MERCHANT
    came = await _came_by(connection, payment)
    return await breaks.cover(connection, came, kind, at, "it was paid to the merchant")


async def owed_again(connection: Connection, runtime: Runtime, payment: Instruction) -> None:
    """Open the break again: the bank gave back what had been paid to the merchant."""
    came = await _came_by(connection, payment)
    await open_break(connection, runtime, came, BreakKind.OWED_TO_MERCHANT)


async def _came_by(connection: Connection, payment: Instruction) -> Instruction:
    number = await payback.break_of(connection, payment.cell, payment.id)
    row = None if number is None else await breaks.find(connection, payment.cell, number)
    if row is None or row.found.instruction is None:
        raise Broken(f"payment {payment.id} pays no break back")
    came = await store.find_instruction(connection, payment.cell, row.found.instruction)
    assert came is not None, "a break's payment stays"
    return came
