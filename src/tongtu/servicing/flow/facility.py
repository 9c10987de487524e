"""Facilities: grant, change, reserve, draw, give back. Each is event, row and leaf in one commit.

A draw is checked and taken under the facility's lock, so two at once never pass the limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tongtu.kernel.errors import Broken, Conflict, Refused
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow.event import Money, open_loan
from tongtu.servicing.flow.facility_log import advance, enter, next_event
from tongtu.servicing.rules.facility import (
    LIMIT_MINOR_MAX,
    RATE_BPS_MAX,
    FacilityEvent,
    FacilityKind,
    FacilityState,
    fold_facility,
)
from tongtu.servicing.store import facility as store
from tongtu.servicing.store import line_review as reviews
from tongtu.servicing.store.facility import Draw, DrawState, FacilityRow, NewFacility
from tongtu.servicing.store.loan import NewLoan


@dataclass(frozen=True, slots=True)
class FacilityChange:
    """What a person decides of a facility. Everything but a price counts from today."""

    kind: FacilityKind
    limit_minor: int = 0
    rate_bps: int | None = None
    until: date | None = None
    on: date | None = None  # the first day of a new price; None: today
    review: int = 0  # the review that asks for it; 0: persons do


async def open_facility(connection: Connection, runtime: Runtime, new: NewFacility) -> None:
    """Grant a facility from today on.

    Raises:
        Broken: it would be valid from another day.
    """
    cell, at = runtime.cell(new.party), runtime.clock.now()
    today = await business_date(connection)
    if new.grant.valid_from != today:
        raise Broken("a facility is granted from the day on", code="other_day")
    await store.insert(connection, cell, new, at)
    granted = FacilityEvent(1, FacilityKind.GRANTED, today, new.grant.limit_minor)
    await enter(connection, runtime, (cell, new.id), granted)


async def find_facility(
    connection: Connection, cell: int, facility: int, as_of: date | None = None
) -> FacilityState:
    """Return a facility folded from its events, today or on another day. Raises NotFound."""
    row = await store.find(connection, cell, facility)
    day = as_of or await business_date(connection)
    return fold_facility(row.grant, await store.events_of(connection, cell, facility), day)


async def preview_change(
    connection: Connection, cell: int, facility: int, change: FacilityChange
) -> FacilityState:
    """Return what a change would come to on the day it counts from, without making it.

    Raises:
        NotFound: no such facility.
        Refused, Conflict: as `change_facility` would.
    """
    row = await store.find(connection, cell, facility)
    event = await _checked(connection, row, change)
    events = await store.events_of(connection, cell, facility)
    return fold_facility(row.grant, [*events, event], event.on)


async def change_facility(
    connection: Connection, runtime: Runtime, cell: int, facility: int, change: FacilityChange
) -> FacilityState:
    """Raise, lower, freeze, unfreeze, review, reprice or close; return it on that day.

    Loans drawn before keep their terms. A limit below what is used lets nothing new be drawn.

    Raises:
        NotFound: no such facility.
        Conflict: it stands so already, or is closed (`facility_unchanged`, `facility_closed`).
        Refused: it would be closed in use (`facility_in_use`), or a figure is out of bounds.
    """
    row = await store.hold(connection, cell, facility)
    event = await _checked(connection, row, change)
    events = await store.events_of(connection, cell, facility)
    stands = fold_facility(row.grant, [*events, event], event.on)
    now = fold_facility(row.grant, [*events, event], await business_date(connection))
    await advance(connection, runtime, row, event, now)
    return stands


async def reserve_draw(
    connection: Connection,
    runtime: Runtime,
    cell: int,
    wish: tuple[int, int, int],
    tenor_months: int = 0,
) -> Draw:
    """Set a part of the limit aside at today's price; `wish` is draw, facility and amount.

    With a term, the draw lapses unless it is signed on its day. The same wish again finds what
    became of it.

    Raises:
        NotFound: no such facility.
        Conflict: the draw's id stands for something else.
        Refused: nothing, or not so much, may be drawn; the code says why.
    """
    number, facility, amount_minor = wish
    row = await store.hold(connection, cell, facility)
    known = await store.find_draw(connection, cell, number)
    if known is not None:
        if (known.facility, known.amount_minor) != (facility, amount_minor):
            raise Conflict("this draw was agreed for something else")
        return known
    today = await business_date(connection)
    rate_bps = await store.price(connection, row, today)
    state = row.state(today, rate_bps)
    why = state.refusal(amount_minor)
    if amount_minor < 1 or why is not None:
        available = {"amount_minor": str(state.available_minor)}
        code = "bad_amount" if why is None else why.value
        raise Refused("this cannot be drawn today", code=code, fields=available)
    agreed_on = today if tenor_months else None
    draw = Draw(
        number, facility, amount_minor, rate_bps, tenor_months=tenor_months, agreed_on=agreed_on
    )
    await store.insert_draw(connection, cell, draw)
    event = next_event(row, FacilityKind.RESERVED, today, amount_minor, number)
    reserved = replace(state, reserved_minor=state.reserved_minor + amount_minor)
    await advance(connection, runtime, row, event, reserved)
    return draw


async def release_draw(connection: Connection, runtime: Runtime, cell: int, draw: int) -> bool:
    """Give a draw back whose money will not come; False when it was given back before.

    Raises:
        Conflict: there is no such draw, or its money arrived.
    """
    found, row = await _hold_draw(connection, cell, draw)
    if found.state is DrawState.RELEASED:
        return False
    if not await store.end_draw(connection, cell, draw, DrawState.RELEASED):
        raise Conflict("the money of this draw has arrived", code="already_drawn")
    today = await business_date(connection)
    event = next_event(row, FacilityKind.RELEASED, today, found.amount_minor, draw)
    state = row.state(today, 0)
    left = replace(state, reserved_minor=state.reserved_minor - found.amount_minor)
    await advance(connection, runtime, row, event, left)
    return True


async def take_up_draw(connection: Connection, runtime: Runtime, cell: int, draw: int) -> None:
    """Reserve a draw again whose money left after it was given back, whatever is available.

    Raises:
        Conflict: there is no such draw, it was not given back, or its facility is closed.
    """
    found, row = await _hold_draw(connection, cell, draw)
    if row.is_closed or not await store.take_up_draw(connection, cell, draw):
        raise Conflict("this draw cannot be taken up again", code="draw_ended")
    today = await business_date(connection)
    event = next_event(row, FacilityKind.RESERVED, today, found.amount_minor, draw)
    state = row.state(today, 0)
    reserved = replace(state, reserved_minor=state.reserved_minor + found.amount_minor)
    await advance(connection, runtime, row, event, reserved)


async def open_draw(
    connection: Connection, runtime: Runtime, draw: int, new: NewLoan, money: Money
) -> None:
    """Open the loan of a draw whose money has arrived; a freeze since then does not undo it.

    Raises:
        Conflict: there is no such draw, or it is reserved no more.
        Broken: the loan is not the draw's: another person, lender, amount or price.
    """
    cell = runtime.cell(new.party)
    found, row = await _hold_draw(connection, cell, draw)
    agreed = (row.party, row.lender, found.amount_minor, found.rate_bps)
    terms = new.terms
    if agreed != (new.party, new.lender, terms.principal_minor, terms.rate_bps):
        raise Broken("the loan is not what was drawn", code="other_draw")
    if not await store.end_draw(connection, cell, draw, DrawState.DRAWN, new.id):
        raise Conflict("this draw is reserved no more", code="draw_ended")
    await open_loan(connection, runtime, new, money)
    event = next_event(row, FacilityKind.DRAWN, terms.opened_on, found.amount_minor, new.id)
    state = row.state(terms.opened_on, 0)
    stands = replace(
        state,
        reserved_minor=state.reserved_minor - found.amount_minor,
        used_minor=state.used_minor + found.amount_minor,
    )
    await advance(connection, runtime, row, event, stands)


async def facility_differences(connection: Connection, cell: int) -> int:
    """Return how many facilities count otherwise than their loans and draws; 0 is promised."""
    return await store.differences(connection, cell)


async def _hold_draw(connection: Connection, cell: int, draw: int) -> tuple[Draw, FacilityRow]:
    """Return a draw as it is under its facility's lock."""
    seen = await store.find_draw(connection, cell, draw)
    if seen is None:
        raise Conflict("there is no such draw", code="no_such_draw")
    row = await store.hold(connection, cell, seen.facility)
    found = await store.find_draw(connection, cell, draw)
    assert found is not None
    return found, row


async def _checked(
    connection: Connection, row: FacilityRow, change: FacilityChange
) -> FacilityEvent:
    """Return the change as an event, once it is one that may be made."""
    today = await business_date(connection)
    on = change.on or today
    if row.is_closed:
        raise Conflict("this facility is closed", code="facility_closed")
    if on < today or (on != today and change.kind is not FacilityKind.REPRICED):
        raise Refused("only a price may change on a later day, and nothing on an earlier",
                      code="bad_date")  # fmt: skip
    limit, rate, until = change.limit_minor, change.rate_bps, change.until
    is_by_review = row.is_frozen and bool(await reviews.frozen_by(connection, row.cell, row.id))
    is_new = {
        FacilityKind.RAISED: row.limit_minor < limit,
        FacilityKind.LOWERED: limit < row.limit_minor,
        # Persons may make a freeze of a review's their own: then no review ends it.
        FacilityKind.FROZEN: not row.is_frozen or (not change.review and is_by_review),
        FacilityKind.UNFROZEN: row.is_frozen,
        FacilityKind.REVIEWED: until is not None and until > row.review_due_on,
        FacilityKind.REPRICED: rate is not None,
        FacilityKind.CLOSED: True,
    }.get(change.kind)
    if is_new is None:
        raise Refused("this is not decided but happens", code="not_a_change")
    if not is_new:
        raise Conflict("the facility stands so already", code="facility_unchanged")
    has_limit = change.kind in (FacilityKind.RAISED, FacilityKind.LOWERED)
    if (has_limit and not 1 <= limit <= LIMIT_MINOR_MAX) or not 0 <= (rate or 0) <= RATE_BPS_MAX:
        raise Refused("a figure is out of bounds", code="bad_amount")
    if change.kind is FacilityKind.CLOSED and row.used_minor + row.reserved_minor:
        raise Refused("something is still owed or on its way", code="facility_in_use")
    limit_minor = limit if has_limit else 0
    return FacilityEvent(row.seq + 1, change.kind, on, limit_minor, rate, until, change.review)
