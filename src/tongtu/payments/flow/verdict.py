"""A person's verdict on a disputed payment: its money moved, or it did not.

The bank's own books have the last word: what a person says is taken only if they bear it out.
"""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.kernel.ids import cell_of, id_shard
from tongtu.payments.flow.hear import open_charge, tell
from tongtu.payments.model import Instruction, PaymentState, check_move
from tongtu.payments.store import breaks, dispute
from tongtu.payments.store import instruction as store
from tongtu.payments.store.dispute import Ended
from tongtu.runtime.api import Connection, Runtime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says became of a disputed payment, and how they know."""

    payment: int
    has_moved: bool
    reason: str

    @property
    def state(self) -> PaymentState:
        """Where the payment goes by it."""
        return PaymentState.SETTLED if self.has_moved else PaymentState.REJECTED


async def check_verdict(
    connection: Connection, runtime: Runtime, verdict: Verdict
) -> tuple[Instruction, str | None]:
    """Return the payment, locked, and the bank's entry that bears the verdict out, if it moved.

    Raises:
        NotFound: no such payment.
        Conflict: `wrong_step`: not disputed; `bank_books_differ`: the bank's books hold a
            movement of its amount, or lack it, or were not read since.
    """
    cell = cell_of(id_shard(verdict.payment), runtime.settings.cells)
    held = await store.hold(connection, cell, verdict.payment)
    if held is None:
        raise NotFound("no such payment")
    if held.state is not PaymentState.DISPUTED:
        raise Conflict(f"a {held.kind} that is {held.state} has no verdict", code="wrong_step")
    entry = await dispute.movement_of(connection, held)
    is_borne_out = (
        entry is not None if verdict.has_moved
        else entry is None and await dispute.is_read_since(connection, held)
    )  # fmt: skip
    if not is_borne_out:
        raise Conflict("the bank's books say otherwise, or were not read", code="bank_books_differ")
    return held, entry


async def end_dispute(
    connection: Connection, runtime: Runtime, by: int, verdict: Verdict
) -> Instruction:
    """End a dispute: the payment is settled or rejected, told once, and its break is closed.

    A movement of another amount stays a break of its own; what moved and came back did not move,
    and a charge that was kept of it is the bank's to explain.
    Raises as `check_verdict`.
    """
    held, entry = await check_verdict(connection, runtime, verdict)
    check_move(held.state, verdict.state)
    at = runtime.clock.now()
    is_booked = await dispute.end(connection, held, Ended(verdict.state, verdict.reason, at))
    if entry is not None:
        await dispute.match(connection, held, entry)
    closing = breaks.Closing(by, at, verdict.reason)
    await dispute.close_break(connection, held, entry, closing)
    if entry is None:
        charge_minor = await dispute.close_return(connection, held, closing)
        if charge_minor:
            await open_charge(connection, runtime, held, charge_minor)
    if not is_booked:  # what it was before the dispute may stand in the books already
        await tell(connection, runtime, held, verdict.state)
    return held
