"""What a person clears: a break is closed with a reason; a warrant is void after a clear no."""

from __future__ import annotations

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Conflict, NotAllowed, NotFound
from tongtu.kernel.ids import cell_of, id_shard
from tongtu.payments.model import Instruction
from tongtu.payments.store import breaks
from tongtu.payments.store import instruction as store
from tongtu.runtime.api import Connection, Runtime


async def close_break(
    connection: Connection, runtime: Runtime, caller: Caller, number: int, reason: str
) -> breaks.BreakRow:
    """Close a break with the reason a person gives, in the caller's transaction.

    Raises:
        NotAllowed: not an operator.
        NotFound: no such break.
        Conflict: it is closed.
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")
    cell = cell_of(id_shard(number), runtime.settings.cells)
    closing = breaks.Closing(caller.subject, runtime.clock.now(), reason)
    closed = await breaks.close(connection, cell, number, closing)
    if closed is not None:
        return closed
    if await breaks.find(connection, cell, number) is None:
        raise NotFound("there is no such break")
    raise Conflict("this break is closed", code="already_closed")


async def void_warrant(connection: Connection, runtime: Runtime, held: Instruction) -> None:
    """Take the warrant of a rejected payout back, so that another may be written.

    A no is clear when the bank gave it, its money is back with the lender, and the bank's own
    books, asked for after the no, do not hold the payment.

    Raises:
        Conflict: code `no_clear_no`. Nothing has changed.
    """
    if not await store.void_warrant(connection, held, runtime.clock.now()):
        raise Conflict(
            "the bank's no is not clear yet: reconcile its statement first", code="no_clear_no"
        )
