"""Changes of a booked loan: charges, waivers, undos, and refunds of what is owed back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow import entry
from tongtu.servicing.model import EventKind, LoanEvent, LoanState
from tongtu.servicing.model.event import Details, Target
from tongtu.servicing.rules.admission import admit
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import loan as store

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to a loan. An undo and a waiver take their amount from what they name."""

    kind: EventKind
    value_date: date
    details: Details | None = None
    amount_minor: int = 0
    payment: int | None = None


async def record_change(
    connection: Connection, runtime: Runtime, cell: int, loan: int, change: Change
) -> LoanState:
    """Enter a change in the caller's transaction, and return how the loan then stands.

    Raises:
        NotFound: no such loan.
        Refused: it does not fit what happened so far.
    """
    closed = await day_store.share_books(connection, cell)
    row = await store.hold(connection, cell, loan)
    today = await business_date(connection)
    events = [one.event for one in (await store.events_of(connection, cell, [loan]))[loan]]
    asked = LoanEvent(
        row.seq + 1,
        change.kind,
        change.value_date,
        today,
        change.amount_minor,
        change.payment,
        change.details,
    )
    event = admit(row.terms, events, asked, today)
    held = entry.Held(row, events, closed or today - ONE_DAY)
    return await entry.book(connection, runtime, held, event)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What it came to that a payment was taken back; `loan` is as it was before.

    `to_lender_minor` is what the lender's account moved by: below zero, unless other money of the
    borrower's pays the same debt now.
    """

    loan: store.LoanRow
    state: LoanState
    to_lender_minor: int


async def take_back(  # noqa: PLR0913, PLR0917 - which payment of which loan, and by which
    connection: Connection, runtime: Runtime, cell: int, loan: int, payment: int, by: int
) -> TakenBack:
    """Undo the repayment that `payment` was entered as: its money has left again, as `by`.

    Raises:
        Broken: the payment is not entered in the loan.
        Refused: it cannot be undone any more; the code says why. Nothing has changed.
    """
    row = await store.hold(connection, cell, loan)
    events = [one.event for one in (await store.events_of(connection, cell, [loan]))[loan]]
    named = [one for one in events if one.payment == payment and one.kind is EventKind.REPAID]
    if not named:
        raise Broken(f"payment {payment} is not entered in loan {loan}")
    today = await business_date(connection)
    change = Change(EventKind.UNDONE, named[0].value_date, Target(named[0].seq), payment=by)
    state = await record_change(connection, runtime, cell, loan, change)
    moved_minor = _paid_minor(state) - _paid_minor(fold(row.terms, events, today))
    return TakenBack(row, state, moved_minor)


def _paid_minor(state: LoanState) -> int:
    """Return what of all payments reached the lender: what is beyond the debt did not."""
    return sum(part.amount_minor for parts in state.parts.values() for part in parts)
