"""What the bank says of a payment takes it where its table of moves leads, and is told once."""

from __future__ import annotations

from datetime import datetime

from tongtu.kernel.ids import id_shard
from tongtu.payments.matching import Break, BreakKind
from tongtu.payments.model import (
    OPEN_STATES,
    TOLD_STATES,
    Answer,
    Instruction,
    PaymentState,
    Returned,
    Saying,
    check_move,
    state_after,
)
from tongtu.payments.store import breaks
from tongtu.payments.store import instruction as store
from tongtu.runtime.api import Connection, Event, Runtime, count, publish

SETTLED = "payments.settled"


async def hear(
    connection: Connection,
    runtime: Runtime,
    held: Instruction,
    answer: Answer,
    next_at: datetime | None = None,
) -> PaymentState:
    """Write what the bank says of an instruction that the caller has locked; return where it is.

    News goes out when it came to an end by this; `next_at` ends the worker's lease.
    """
    state = state_after(held.state, answer, held.amount_minor)
    reason = answer.reason
    if answer.saying is Saying.YES and state is PaymentState.UNKNOWN:
        reason = f"the bank says {answer.amount_minor}, not {held.amount_minor}"
    if state is held.state and held.state not in OPEN_STATES:
        return state
    await _move(connection, runtime, held, (state, answer.reference, reason, next_at))
    if state is PaymentState.DISPUTED and not await breaks.is_break_open(
        connection, held, BreakKind.OTHER_AMOUNT
    ):
        await open_break(connection, runtime, held, BreakKind.SETTLED_AFTER_NO)
    return state


async def hear_return(
    connection: Connection, runtime: Runtime, held: Instruction, returned: Returned
) -> bool:
    """Write that the money of a payment came back; False when that is not what we hold settled.

    News in disorder is normal: money that comes back of an open payment had moved before. Where a
    bank kept a charge of it, the payment came back whole, and a break is of the charge's size.
    """
    if held.state is PaymentState.RETURNED:
        return True
    if returned.whole_minor != held.amount_minor:
        return False
    if held.state in (PaymentState.SENT, PaymentState.ACCEPTED, PaymentState.UNKNOWN):
        yes = Answer(Saying.YES, amount_minor=held.amount_minor)
        await hear(connection, runtime, held, yes)
    elif held.state is not PaymentState.SETTLED:
        return False
    back = (check_move(PaymentState.SETTLED, PaymentState.RETURNED), None, returned.reason, None)
    await _move(connection, runtime, held, back)
    if returned.charge_minor:
        await open_charge(connection, runtime, held, returned.charge_minor)
    return True


async def dispute(connection: Connection, runtime: Runtime, held: Instruction, why: str) -> None:
    """Stop asking about a payment that the bank's books hold otherwise; a person decides."""
    if held.state is not PaymentState.DISPUTED:
        state = check_move(held.state, PaymentState.DISPUTED)
        await _move(connection, runtime, held, (state, None, why, None))


async def open_break(
    connection: Connection, runtime: Runtime, held: Instruction, kind: BreakKind
) -> None:
    """Open a break about the whole amount of an instruction."""
    # What came back of a movement is its opposite.
    is_back = kind is BreakKind.RETURNED_COLLECTION
    moved_minor = -held.movement_minor if is_back else held.movement_minor
    if kind is BreakKind.OWED_TO_BORROWER:  # the refund never was in the bank's books, nor in ours
        moved_minor = 0
    new = Break(
        held.cell, kind, held.lender, held.value_date, held.end_to_end_id, moved_minor,
        instruction=held.id,
    )  # fmt: skip
    await breaks.open_break(connection, runtime, new)


async def open_charge(
    connection: Connection, runtime: Runtime, held: Instruction, charge_minor: int
) -> None:
    """Name what a bank kept of money that came back: it has to explain it, or give it back.

    The books hold the whole return, or neither way; at the bank the charge is missing.
    """
    missing_minor = charge_minor if held.movement_minor > 0 else -charge_minor
    new = Break(
        held.cell, BreakKind.RETURN_CHARGE, held.lender, held.value_date, held.end_to_end_id,
        missing_minor, instruction=held.id,
    )  # fmt: skip
    await breaks.open_break(connection, runtime, new)


async def open_unposted(
    connection: Connection, runtime: Runtime, held: Instruction, state: PaymentState
) -> None:
    """Name that the ledger refused an end of a payment; its day does not wait for it.

    The size is what the bank moved by this end.
    """
    moved_minor = {
        PaymentState.SETTLED: held.movement_minor,
        PaymentState.RETURNED: -held.movement_minor,
    }.get(state, 0)
    new = Break(
        held.cell, BreakKind.NOT_POSTED, held.lender, held.value_date, held.end_to_end_id,
        moved_minor, state.value, held.id,
    )  # fmt: skip
    await breaks.open_break(connection, runtime, new)


_To = tuple[PaymentState, str | None, str | None, datetime | None]


async def _move(connection: Connection, runtime: Runtime, held: Instruction, to: _To) -> None:
    state, reference, reason, next_at = to
    at = runtime.clock.now()
    await store.move(connection, held, store.Change(state, reference, reason, at, next_at))
    count(f"payments_{state}").inc()
    if state in TOLD_STATES:
        await tell(connection, runtime, held, state)


async def tell(
    connection: Connection, runtime: Runtime, held: Instruction, state: PaymentState
) -> None:
    """Publish that a payment came to this end."""
    payload = {
        "instruction": str(held.id),
        "kind": held.kind.value,
        "state": state.value,
        "subject": str(held.subject),
    }
    number = runtime.ids.new(id_shard(held.id))
    await publish(connection, Event(held.cell, number, SETTLED, payload, runtime.clock.now()))
