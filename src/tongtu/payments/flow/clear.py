"""What a person clears: a break is closed with a reason; a warrant is void after a clear no."""

from __future__ import annotations

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Conflict, NotAllowed, NotFound
from tongtu.kernel.ids import cell_of, id_shard
from tongtu.payments.flow.hear import tell
from tongtu.payments.matching import BreakKind
from tongtu.payments.model import Instruction, PaymentState
from tongtu.payments.store import breaks, payback
from tongtu.payments.store import instruction as store
from tongtu.runtime.api import Connection, Runtime


async def close_break(
    connection: Connection, runtime: Runtime, caller: Caller, number: int, reason: str
) -> breaks.BreakRow:
    """Close a break with the reason a person gives, in the caller's transaction.

    Raises:
        NotAllowed: not an operator.
        NotFound: no such break.
        Conflict: it is closed (`already_closed`); what the ledger refused is entered anew
            (`not_posted`); what is being paid to a merchant ends by that (`payback_under_way`).
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")
    cell = cell_of(id_shard(number), runtime.settings.cells)
    found = await breaks.hold(connection, cell, number)
    if found is not None and found.found.kind is BreakKind.NOT_POSTED:
        raise Conflict("what the ledger refused is entered anew, not closed", code="not_posted")
    is_owed = found is not None and found.closed_at is None
    if is_owed and await payback.is_live(connection, cell, number):
        raise Conflict("it is on its way to the merchant", code="payback_under_way")
    closing = breaks.Closing(caller.subject, runtime.clock.now(), reason)
    closed = await breaks.close(connection, cell, number, closing)
    if closed is not None:
        return closed
    if found is None:
        raise NotFound("there is no such break")
    raise Conflict("this break is closed", code="already_closed")


async def enter_anew(
    connection: Connection, runtime: Runtime, caller: Caller, number: int
) -> breaks.BreakRow:
    """Let an end that the ledger refused be entered anew, in the caller's transaction.

    Its news goes out once more; its break closes when the books have it.

    Raises:
        NotAllowed: not an operator.
        NotFound: no such break.
        Conflict: it is not open, or not of this kind (`wrong_step`).
    """
    if caller.role is not Role.OPERATOR:
        raise NotAllowed("your role may not do this")
    cell = cell_of(id_shard(number), runtime.settings.cells)
    row = await breaks.find(connection, cell, number)
    if row is None:
        raise NotFound("there is no such break")
    if row.found.kind is not BreakKind.NOT_POSTED or row.closed_at is not None:
        raise Conflict("only what the ledger refused is entered anew", code="wrong_step")
    held = await store.hold(connection, cell, row.found.instruction or 0)
    if held is None:
        raise NotFound("there is no such payment")
    await tell(connection, runtime, held, PaymentState(row.found.reference))
    return row


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
