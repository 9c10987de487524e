"""A facility's log: each event is row, cache and leaf in one commit; a loan's repayment is one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tongtu.evidence.api import Entry, append, commitment
from tongtu.kernel.errors import Broken, Refused
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow.leaf import SALT_BYTES, canonical
from tongtu.servicing.rules.facility import FacilityEvent, FacilityKind, FacilityState
from tongtu.servicing.store import facility as store
from tongtu.servicing.store.facility import FacilityRow
from tongtu.servicing.store.loan import LoanRow


async def repaid(
    connection: Connection, runtime: Runtime, loan: LoanRow, back_minor: int, on: date
) -> None:
    """Tell the facility of a loan, if it has one, that so much principal came back.

    Below zero it fell back: a payment was undone, so the facility is in use again. The caller
    holds the loan's lock and takes the facility's after it, as every writer does.

    Raises:
        Refused: it would fall back on a closed facility (`facility_closed`).
    """
    draw = await store.draw_of_loan(connection, loan.cell, loan.id) if back_minor else None
    if draw is None:
        return
    row = await store.hold(connection, loan.cell, draw.facility)
    event = next_event(row, FacilityKind.REPAID, on, back_minor, loan.id)
    state = row.state(on, 0)
    freed = back_minor if row.grant.is_revolving else 0
    if row.is_closed and freed < 0:
        raise Refused("its facility is closed: nothing may be owed on it", code="facility_closed")
    stands = replace(state, used_minor=state.used_minor - freed)
    await advance(connection, runtime, row, event, stands)


def next_event(
    row: FacilityRow, kind: FacilityKind, on: date, amount_minor: int, subject: int
) -> FacilityEvent:
    """Return the facility's next event about a draw or a loan."""
    return FacilityEvent(row.seq + 1, kind, on, amount_minor, subject=subject)


async def advance(
    connection: Connection,
    runtime: Runtime,
    row: FacilityRow,
    event: FacilityEvent,
    stands: FacilityState,
) -> None:
    """Write how a locked facility stands after an event, the event and its leaf."""
    if not await store.advance(connection, row, event.seq, stands):
        raise Broken("another event of the facility came in between")
    await enter(connection, runtime, (row.cell, row.id), event)


async def enter(
    connection: Connection, runtime: Runtime, place: tuple[int, int], event: FacilityEvent
) -> None:
    """Append an event and its leaf; `place` is cell and facility."""
    salt, at = runtime.entropy.bytes(SALT_BYTES), runtime.clock.now()
    today = await business_date(connection)
    await store.insert_event(connection, place, event, today, (salt, at))
    cell, facility = place
    told = {
        "facility": facility,
        "seq": event.seq,
        "kind": event.kind.value,
        "on": event.on.isoformat(),
        "amount_minor": event.amount_minor,
        "rate_bps": event.rate_bps,
        "until": event.until.isoformat() if event.until else None,
        "subject": event.subject,
    }
    leaf = Entry("facility_event", facility, commitment(salt, canonical(told)))
    await append(connection, cell, runtime.ids.new(id_shard(facility)), [leaf], at)
