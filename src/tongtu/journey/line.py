"""A credit line from its signature to its last day: opening, drawing, changing, ending.

A person of staff changes nothing alone: one proposes, another allows, and what is made is what was
proposed, byte for byte.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import msgspec

from tongtu.catalog.api import Catalogue
from tongtu.contracts.api import Agreement
from tongtu.funding.api import Book, reserve_quota
from tongtu.identity.api import Approval, Caller, CommandKey, Proposal, once
from tongtu.journey.case import move_on, step_of
from tongtu.journey.draw import own_facility, terms_offered
from tongtu.journey.steps import PROCESS_VERSION, Event, Step
from tongtu.journey.two_persons import Deed, do_deed, propose_deed
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import LenderId, ProgramId, id_shard
from tongtu.origination.api import Offer, lower_exposure, raise_exposure_to
from tongtu.policy.api import Laws
from tongtu.process.api import append
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.api import (
    Basis,
    Draw,
    FacilityChange,
    FacilityKind,
    FacilityRow,
    FacilityState,
    Grant,
    NewFacility,
    change_facility,
    expired,
    find_draw,
    find_facility,
    find_facility_row,
    open_facility,
    preview_change,
    release_draw,
    reserve_draw,
    reserved_until,
)

OPERATION = "change_facility"
DEED = Deed(OPERATION, "propose_facility_change", "change_facility")
PARTY_LIMIT = "party_limit_minor"
REVIEW_MONTHS = 12  # C15: a line is looked at again at least once a year
PAGE = 100
_UNDER_WAY = frozenset({Step.SIGNED, Step.PAYING_OUT})
_LIMITS = frozenset({FacilityKind.RAISED, FacilityKind.LOWERED})


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """What a line is changed by."""

    runtime: Runtime
    laws: Laws
    book: Book
    catalogue: Catalogue


@dataclasses.dataclass(frozen=True, slots=True)
class Drawing:
    """What a borrower wants of a line."""

    facility: int
    amount_minor: int
    tenor_months: int


async def open_line(connection: Connection, runtime: Runtime, agreement: Agreement) -> None:
    """Open the facility of a signed line in the signature's own business day; nothing is paid."""
    deal, today = agreement.deal, await business_date(connection)
    valid_to = deal.rows[-1].due_date
    # The same day of the month a year on, as the example's twelfth row has it.
    review = deal.rows[min(REVIEW_MONTHS, len(deal.rows)) - 1].due_date
    grant = Grant(deal.principal_minor, deal.rate_bps, today, valid_to, review)
    basis = Basis(deal.application, deal.decision, agreement.offer, agreement.id, deal.program)
    number = runtime.ids.new(id_shard(agreement.party))
    new = NewFacility(number, agreement.party, agreement.lender, deal.product, grant, basis)
    await open_facility(connection, runtime, new)
    await move_on(connection, runtime, agreement.application, Event.LINE_OPENED)


async def preview_draw(
    connection: Connection, lines: Lines, caller: Caller, wish: Drawing
) -> tuple[Offer, date, str | None]:
    """Return what a draw of today would be, its first day, and why it would be refused, or None.

    Raises:
        NotFound: no such facility of the caller's.
        Refused: a term no draw has (`tenor_not_offered`).
    """
    row = await own_facility(connection, lines.runtime, caller, wish.facility)
    _check_tenor(lines.catalogue, row, wish.tenor_months)
    today = await business_date(connection)
    stands = await find_facility(connection, row.cell, row.id)
    offer = terms_offered(row, wish.amount_minor, stands.rate_bps, wish.tenor_months)
    refusal = stands.refusal(wish.amount_minor)
    return offer, today, None if refusal is None else refusal.value


async def begin_draw(lines: Lines, caller: Caller, wish: Drawing, key: CommandKey) -> bytes:
    """Set a part of the line aside today; return {"offer", "step", ...} as JSON.

    Its costs are then read and signed as an accepted offer's; unsigned, it lapses with its day.

    Raises:
        NotFound: no such facility of the caller's.
        Refused: nothing, or not so much, may be drawn; the code says why.
    """
    runtime = lines.runtime

    async def effect(connection: Connection) -> bytes:
        row = await own_facility(connection, runtime, caller, wish.facility)
        _check_tenor(lines.catalogue, row, wish.tenor_months)
        number = runtime.ids.new(id_shard(row.party))
        asked = number, row.id, wish.amount_minor
        draw = await reserve_draw(connection, runtime, row.cell, asked, wish.tenor_months)
        at = runtime.clock.now()
        steps = [Step.ACCEPTED.value]
        await append(connection, row.cell, [number], steps, at, version=PROCESS_VERSION)
        offer = terms_offered(row, draw.amount_minor, draw.rate_bps, draw.tenor_months)
        told = {
            "offer": runtime.public.show("offer", number),
            "step": Step.ACCEPTED.value,
            "amount_minor": draw.amount_minor,
            "tenor_months": draw.tenor_months,
            "total_minor": offer.total_minor,
            "cost_minor": offer.cost_minor,
        }
        return msgspec.json.encode(told)

    return await once(runtime, caller, "draw", key, effect)


async def propose_line_change(
    lines: Lines, caller: Caller, facility: int, change: FacilityChange, key: CommandKey
) -> bytes:
    """Propose a change of a line; return {"approval", "after"} as JSON: how it would stand.

    Raises:
        NotFound: no such facility.
        Conflict, Refused: as the change itself would.
        NotAllowed: another role than one that may propose.
    """
    runtime = lines.runtime

    async def prepare(connection: Connection) -> tuple[Proposal, dict[str, Any]]:
        after = await preview_change(connection, runtime.cell(facility), facility, change)
        wish = Proposal(OPERATION, facility, _body(facility, change))
        return wish, {"after": standing_json(after)}

    return await propose_deed(runtime, caller, key, DEED, prepare)


async def make_line_change(lines: Lines, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow what another person proposed, and make it; return how the line stands as JSON.

    A raise takes the person's exposure and the lender's quota of the day with it.

    Raises:
        NotFound, NotAllowed: no such proposal; one's own; a role that may not decide.
        Conflict, Refused: decided already; or as the change itself.
    """
    runtime = lines.runtime

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        facility, change = _change(allowed.body)
        return standing_json(await apply_line_change(connection, lines, facility, change))

    return await do_deed(runtime, caller, (approval, key), DEED, effect)


async def apply_line_change(
    connection: Connection, lines: Lines, facility: int, change: FacilityChange
) -> FacilityState:
    """Make a change of a line with what follows: exposure, the lender's quota, the case's end.

    Raises:
        NotFound, Conflict, Refused: as the change itself; no quota or exposure for a raise.
    """
    runtime = lines.runtime
    cell = runtime.cell(facility)
    before = await find_facility_row(connection, cell, facility)
    after = await change_facility(connection, runtime, cell, facility, change)
    if change.kind in _LIMITS:
        await _follow(connection, lines, before, after)
    if change.kind is FacilityKind.CLOSED:
        await _ended(connection, runtime, before, after)
    return after


async def line_repaid(connection: Connection, cell: int, application: int) -> None:
    """Let what a person may come to owe fall with a draw's debt, once nothing more can be drawn."""
    draw = await find_draw(connection, cell, application)
    if draw is None:
        return
    row = await find_facility_row(connection, cell, draw.facility)
    stands = await find_facility(connection, cell, draw.facility)
    if row.basis.offer and (stands.is_closed or stands.as_of > stands.valid_to):
        owed = stands.used_minor + stands.reserved_minor
        await lower_exposure(connection, cell, row.basis.offer, owed)


async def end_draw(connection: Connection, runtime: Runtime, agreement: Agreement) -> bool:
    """Give a draw back whose money will not leave; False when the agreement is of no draw."""
    cell = runtime.cell(agreement.party)
    if await find_draw(connection, cell, agreement.application) is None:
        return False
    await release_draw(connection, runtime, cell, agreement.application)
    return True


async def lapse_lines(runtime: Runtime, cell: int, day: date) -> int:
    """Give back draws of a day that is over which nobody signed, and end lines that are over.

    Safe to repeat. Returns how many draws were given back.
    """
    lapsed, after = 0, 0
    while True:
        async with runtime.database.reading() as connection:
            waiting = await reserved_until(connection, cell, day, PAGE)
        ended = [await _lapse(runtime, cell, draw) for draw in waiting]
        lapsed += sum(ended)
        if sum(ended) < PAGE:
            break
    while True:
        async with runtime.database.transaction() as connection:
            over = await expired(connection, cell, day, (after, PAGE))
            for row in over:
                await _expire(connection, runtime, row)
        if len(over) < PAGE:
            return lapsed
        after = over[-1].id


async def _lapse(runtime: Runtime, cell: int, draw: Draw) -> bool:
    """Give a draw back that nobody signed; one that was signed waits for its payout's end."""
    async with runtime.database.transaction() as connection:
        if await step_of(connection, runtime, draw.id) in _UNDER_WAY:
            return False
        if not await release_draw(connection, runtime, cell, draw.id):
            return False
        await move_on(connection, runtime, draw.id, Event.CANCELLED)
        return True


def standing_json(stands: FacilityState) -> dict[str, Any]:
    """Return how a line stands as plain values."""
    return {
        "as_of": stands.as_of.isoformat(),
        "limit_minor": stands.limit_minor,
        "used_minor": stands.used_minor,
        "reserved_minor": stands.reserved_minor,
        "available_minor": stands.available_minor,
        "rate_bps": stands.rate_bps,
        "valid_from": stands.valid_from.isoformat(),
        "valid_to": stands.valid_to.isoformat(),
        "review_due_on": stands.review_due_on.isoformat(),
        "is_frozen": stands.is_frozen,
        "is_closed": stands.is_closed,
        "not_drawable": None if stands.standing is None else stands.standing.value,
    }


async def _expire(connection: Connection, runtime: Runtime, row: FacilityRow) -> None:
    """Close a line that is over and paid; of one still in use only the use counts from now on."""
    if row.used_minor + row.reserved_minor == 0:
        closing = FacilityChange(FacilityKind.CLOSED)
        after = await change_facility(connection, runtime, row.cell, row.id, closing)
        await _ended(connection, runtime, row, after)
    elif row.basis.offer:
        owed = row.used_minor + row.reserved_minor
        await lower_exposure(connection, row.cell, row.basis.offer, owed)


async def _ended(
    connection: Connection, runtime: Runtime, row: FacilityRow, after: FacilityState
) -> None:
    if row.basis.offer:
        await lower_exposure(connection, row.cell, row.basis.offer, after.used_minor)
        await move_on(connection, runtime, row.basis.application, Event.LINE_CLOSED)


async def _follow(
    connection: Connection, lines: Lines, before: FacilityRow, after: FacilityState
) -> None:
    """Let exposure and the lender's quota follow a limit that was raised or lowered."""
    if not before.basis.offer:
        return
    today, program = await business_date(connection), ProgramId(before.basis.program)
    more_minor = after.limit_minor - before.limit_minor
    stands_minor = max(after.limit_minor, after.used_minor + after.reserved_minor)
    if more_minor < 0:
        await lower_exposure(connection, before.cell, before.basis.offer, stands_minor)
        return
    lender = lines.book.lender(LenderId(before.lender))
    law = lines.laws.of(lender.id)
    limit_minor = int(law.param(PARTY_LIMIT, today, kind=lender.kind.value))
    to = stands_minor, limit_minor
    await raise_exposure_to(connection, before.cell, before.basis.offer, to)
    await reserve_quota(connection, before.cell, today, {program: more_minor})


def _check_tenor(catalogue: Catalogue, row: FacilityRow, tenor_months: int) -> None:
    if tenor_months not in catalogue.find(row.product).draw_tenors_months:
        raise Refused("a draw has no such term", code="tenor_not_offered")


def _body(facility: int, change: FacilityChange) -> bytes:
    told = {
        "facility": str(facility),
        "kind": change.kind.value,
        "limit_minor": change.limit_minor,
        "rate_bps": change.rate_bps,
        "until": change.until.isoformat() if change.until else None,
        "on": change.on.isoformat() if change.on else None,
    }
    return msgspec.json.encode(told, order="sorted")


def _change(body: bytes) -> tuple[int, FacilityChange]:
    told = msgspec.json.decode(body)
    until, on = (date.fromisoformat(told[name]) if told[name] else None for name in ("until", "on"))
    kind = FacilityKind(told["kind"])
    change = FacilityChange(kind, told["limit_minor"], told["rate_bps"], until, on)
    return int(told["facility"]), change
