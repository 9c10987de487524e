"""A borrower asks for relief; what staff grant is a change of the loan like any other."""

from __future__ import annotations

from tongtu.identity.api import Caller
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow.change import Change, preview_loan_change
from tongtu.servicing.model import EventKind
from tongtu.servicing.model.event import Reschedule
from tongtu.servicing.store import loan as loan_store
from tongtu.servicing.store import relief as store
from tongtu.servicing.store.relief import Relief, ReliefReason


async def ask_relief(
    connection: Connection, runtime: Runtime, caller: Caller, loan: int, wish: tuple[int, str]
) -> int:
    """Keep a wish for so many instalments without principal, and why; return its id.

    Raises:
        NotFound: not a loan of the caller's.
        Refused: the loan does not stand so that it could be granted.
        Conflict: a wish waits already (`relief_asked`).
    """
    count, reason = wish
    cell = runtime.cell(loan)
    await loan_store.hold_own(connection, cell, caller, loan)
    today = await business_date(connection)
    asked = Change(EventKind.RESCHEDULED, today, Reschedule(today, grace_principal=count))
    await preview_loan_change(connection, cell, loan, asked)
    number = runtime.ids.new(id_shard(loan))
    kept = Relief(number, loan, count, ReliefReason(reason), runtime.clock.now())
    if not await store.insert(connection, cell, kept):
        raise Conflict("a wish for relief waits already", code="relief_asked")
    return number


async def grant_relief(connection: Connection, runtime: Runtime, caller: Caller, loan: int) -> bool:
    """Note that a change of plan was made; returns whether a wish was waiting for it."""
    verdict = ("granted", caller.subject)
    place = (runtime.cell(loan), loan)
    return await store.decide(connection, place, verdict, runtime.clock.now())


async def refuse_relief(
    connection: Connection, runtime: Runtime, caller: Caller, loan: int
) -> None:
    """Refuse the wish that waits. Raises NotFound."""
    verdict = ("refused", caller.subject)
    place = (runtime.cell(loan), loan)
    if not await store.decide(connection, place, verdict, runtime.clock.now()):
        raise NotFound("no wish for relief waits on this loan")


def relief_granted(change: Change) -> bool:
    """Tell whether a change gives a borrower relief: it asks for less or later."""
    details = change.details
    return isinstance(details, Reschedule) and (
        details.grace_principal > 0
        or details.grace_interest > 0
        or details.extra_terms > 0
        or details.rate_bps is not None
    )
