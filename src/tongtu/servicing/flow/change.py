"""Changes of a booked loan, previewed and entered by one path: the preview is the later result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.kernel.errors import Broken, NotFound
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow import entry
from tongtu.servicing.model import EventKind, LoanEvent, LoanState
from tongtu.servicing.model.details import details_json, details_of
from tongtu.servicing.model.event import Details, Target
from tongtu.servicing.rules.admission import MONEY_OUT, admit, money_of
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import loan as store

ONE_DAY = timedelta(days=1)
# Events that a payment was entered as: the borrower's, or one to them.
_PAYMENTS = frozenset({EventKind.REPAID, EventKind.RECOVERED}) | MONEY_OUT


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to a loan. An undo and a waiver take their amount from what they name."""

    kind: EventKind
    value_date: date
    details: Details | None = None
    amount_minor: int = 0
    payment: int | None = None


def change_json(change: Change) -> bytes:
    """Return a change as it is proposed and kept: sorted, without its payment."""
    said = {
        "kind": change.kind.value,
        "value_date": change.value_date.isoformat(),
        "details": details_json(change.details),
        "amount_minor": change.amount_minor,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def change_of_json(body: bytes) -> Change:
    """Read what `change_json` wrote."""
    said = json.loads(body)
    return Change(
        EventKind(said["kind"]),
        date.fromisoformat(said["value_date"]),
        details_of(said["details"]),
        said["amount_minor"],
    )


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
    event = admit(row.terms, events, _event(row, change, today), today)
    held = entry.Held(row, events, closed or today - ONE_DAY)
    return await entry.book(connection, runtime, held, event)


@dataclass(frozen=True, slots=True)
class Previewed:
    """How a loan stands, and how it would after a change of today; `event` is what is booked."""

    row: store.LoanRow
    event: LoanEvent
    before: LoanState
    after: LoanState


async def preview_loan_change(
    connection: Connection, cell: int, loan: int, change: Change
) -> Previewed:
    """Return what a change would make of a loan; nothing is written.

    Raises:
        NotFound: no such loan.
        Refused: it does not fit what happened so far.
    """
    found = (await store.find_many(connection, cell, [loan])).get(loan)
    if found is None:
        raise NotFound("no such loan")
    today = await business_date(connection)
    events = [one.event for one in (await store.events_of(connection, cell, [loan]))[loan]]
    event = admit(found.terms, events, _event(found, change, today), today)
    after = fold(found.terms, [*events, event], today)
    return Previewed(found, event, fold(found.terms, events, today), after)


def _event(row: store.LoanRow, change: Change, today: date) -> LoanEvent:
    return LoanEvent(
        row.seq + 1,
        change.kind,
        change.value_date,
        today,
        change.amount_minor,
        change.payment,
        change.details,
    )


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
    """Undo the event that `payment` was entered as: its money went the other way again, as `by`.

    Raises:
        Broken: the payment is not entered in the loan.
        Refused: it cannot be undone any more; the code says why. Nothing has changed.
    """
    # The books before the loan, as every writer: the close takes the books alone.
    await day_store.share_books(connection, cell)
    row = await store.hold(connection, cell, loan)
    events = [one.event for one in (await store.events_of(connection, cell, [loan]))[loan]]
    named = [one for one in events if one.payment == payment and one.kind in _PAYMENTS]
    if not named:
        raise Broken(f"payment {payment} is not entered in loan {loan}")
    today = await business_date(connection)
    change = Change(EventKind.UNDONE, named[0].value_date, Target(named[0].seq), payment=by)
    state = await record_change(connection, runtime, cell, loan, change)
    # What was beyond the debt never reached the lender.
    surplus = fold(row.terms, events, today).surplus_minor - state.surplus_minor
    came_minor = money_of(events, named[0])
    return TakenBack(row, state, surplus - came_minor)
