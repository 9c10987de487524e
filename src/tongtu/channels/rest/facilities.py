"""Credit lines: what is left, a draw before it is made, the draw; changes by two of staff."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.products import LenderShown, show_lender
from tongtu.identity.api import Role
from tongtu.journey.api import (
    Drawing,
    Lines,
    begin_draw,
    make_line_change,
    own_facility,
    preview_draw,
    propose_line_change,
    standing_json,
)
from tongtu.kernel.ids import LenderId
from tongtu.origination.api import percent_of_ppm
from tongtu.runtime.api import Connection
from tongtu.servicing.api import (
    Draw,
    FacilityChange,
    FacilityEvent,
    FacilityKind,
    FacilityRow,
    draws_of,
    facilities_of,
    facility_events,
    find_facility,
)
from tongtu.terms.api import PRINCIPAL_MINOR_MAX, LoanTerms, schedule

PATH = "/v1/facilities"
SHOWN_MAX = 100
_SEES = allow(Role.BORROWER, Role.LENDER, Role.CLERK, Role.OPERATOR, Role.REGULATOR)
Minor = Annotated[int, msgspec.Meta(ge=1, le=PRINCIPAL_MINOR_MAX)]
Tenor = Annotated[int, msgspec.Meta(ge=1, le=120)]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a line stands on a day; `not_drawable` says why nothing can be drawn, or null."""

    as_of: dt.date
    limit_minor: int
    used_minor: int
    reserved_minor: int
    available_minor: int
    rate_bps: int
    valid_from: dt.date
    valid_to: dt.date
    review_due_on: dt.date
    is_frozen: bool
    is_closed: bool
    not_drawable: str | None


class DrawHead(msgspec.Struct, frozen=True):
    """A draw: its offer to read and sign, and its loan once the money has arrived."""

    offer: str
    amount_minor: int
    rate_bps: int
    tenor_months: int
    state: str
    loan: str | None


class EventShown(msgspec.Struct, frozen=True):
    """One thing that happened to the line."""

    seq: int
    kind: str
    date: dt.date
    amount_minor: int
    rate_bps: int | None
    until: dt.date | None


class FacilityShown(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its draws and everything that happened, newest draws first."""

    facility: str
    lender: LenderShown
    product: str
    standing: Standing
    draws: list[DrawHead]
    events: list[EventShown]


class FacilitiesShown(msgspec.Struct, frozen=True):
    """The caller's lines."""

    items: list[FacilityShown]


class RowShown(msgspec.Struct, frozen=True):
    """One instalment of a draw."""

    nr: int
    due_date: dt.date
    principal_minor: int
    interest_minor: int
    total_minor: int


class PreviewShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a draw of today would be, to the fen; `refusal` is the code if it may not be made."""

    amount_minor: int
    tenor_months: int
    rate_bps: int
    total_minor: int
    cost_minor: int
    irr12_percent: str
    effective_percent: str
    refusal: str | None
    schedule: list[RowShown]


class DrawAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much, and over how many months."""

    amount_minor: Minor
    tenor_months: Tenor


class DrawBegun(msgspec.Struct, frozen=True):
    """A draw whose costs are to be read and signed today, as an accepted offer's are."""

    offer: str
    step: str
    amount_minor: int
    tenor_months: int
    total_minor: int
    cost_minor: int


class ChangeAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is to change; a limit with raised and lowered, a date with reviewed, a price with it."""

    kind: Literal["raised", "lowered", "frozen", "unfrozen", "reviewed", "repriced", "closed"]
    limit_minor: Annotated[int, msgspec.Meta(ge=0, le=PRINCIPAL_MINOR_MAX)] = 0
    rate_bps: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    until: dt.date | None = None
    on: dt.date | None = None


class ChangeProposed(msgspec.Struct, frozen=True):
    """A proposal for somebody else to allow, and how the line would stand."""

    approval: str
    after: Standing


@get(PATH, opt=allow(Role.BORROWER))
async def list_own_facilities(parts: GivenParts, caller: GivenCaller) -> FacilitiesShown:
    """Return the caller's lines."""
    async with parts.runtime.database.reading() as connection:
        rows = await facilities_of(connection, caller.cell, caller.subject, SHOWN_MAX)
        return FacilitiesShown([await _shown(connection, parts, row) for row in rows])


@get(f"{PATH}/{{facility:str}}", opt=_SEES)
async def find_own_facility(
    facility: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> FacilityShown:
    """Return a line with its draws and events."""
    identifier = read_id(parts, "facility", facility)
    async with parts.runtime.database.reading() as connection:
        row = await own_facility(connection, parts.runtime, caller, identifier)
        return await _shown(connection, parts, row)


@get(f"{PATH}/{{facility:str}}/draw-preview", opt=allow(Role.BORROWER))
async def preview_own_draw(
    facility: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    amount_minor: Annotated[int, QueryParameter(ge=1, le=PRINCIPAL_MINOR_MAX)],
    tenor_months: Annotated[int, QueryParameter(ge=1, le=120)],
) -> PreviewShown:
    """Return what a draw of today would be: the very plan its loan would have."""
    wish = Drawing(read_id(parts, "facility", facility), amount_minor, tenor_months)
    async with parts.runtime.database.reading() as connection:
        offer, today, refusal = await preview_draw(connection, _lines(parts), caller, wish)
    terms = LoanTerms(offer.amount_minor, offer.rate_bps, offer.tenor_months, today)
    return PreviewShown(
        amount_minor=offer.amount_minor,
        tenor_months=offer.tenor_months,
        rate_bps=offer.rate_bps,
        total_minor=offer.total_minor,
        cost_minor=offer.cost_minor,
        irr12_percent=percent_of_ppm(offer.irr12_ppm),
        effective_percent=percent_of_ppm(offer.effective_ppm),
        refusal=refusal,
        schedule=[
            RowShown(
                row.nr,
                row.due_date,
                row.principal_minor,
                row.interest_minor,
                row.principal_minor + row.interest_minor + row.fee_minor,
            )
            for row in schedule(terms).rows
        ],
    )


@post(
    f"{PATH}/{{facility:str}}/draws",
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[DrawAsked],
    return_dto=None,
)
async def draw(
    facility: FromPath[str],
    data: JSONBody[DrawAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> DrawBegun:
    """Set a part of the line aside; the rest of the way is an accepted offer's."""
    wish = Drawing(read_id(parts, "facility", facility), data.amount_minor, data.tenor_months)
    return stored(await begin_draw(_lines(parts), caller, wish, command), DrawBegun)


@post(
    "/v1/operations/facilities/{facility:str}/changes",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[ChangeAsked],
    return_dto=None,
)
async def propose_facility_change(
    facility: FromPath[str],
    data: JSONBody[ChangeAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ChangeProposed:
    """Propose to raise, lower, freeze, unfreeze, review, reprice or close a line."""
    change = FacilityChange(
        FacilityKind(data.kind), data.limit_minor, data.rate_bps, data.until, data.on
    )
    identifier = read_id(parts, "facility", facility)
    answer = await propose_line_change(_lines(parts), caller, identifier, change, command)
    return stored(answer, ChangeProposed)


@post(
    "/v1/operations/facility-changes/{approval:str}/approval",
    status_code=200,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def make_facility_change(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Standing:
    """Allow what somebody else proposed, and make it."""
    identifier = read_id(parts, "approval", approval)
    return stored(await make_line_change(_lines(parts), caller, identifier, command), Standing)


def _lines(parts: Parts) -> Lines:
    return Lines(parts.runtime, parts.all_laws, parts.book, parts.catalogue)


async def _shown(connection: Connection, parts: Parts, row: FacilityRow) -> FacilityShown:
    stands = await find_facility(connection, row.cell, row.id)
    draws = await draws_of(connection, row.cell, row.id, SHOWN_MAX)
    events = await facility_events(connection, row.cell, row.id)
    return FacilityShown(
        facility=parts.runtime.public.show("facility", row.id),
        lender=show_lender(parts.book.lender(LenderId(row.lender))),
        product=row.product,
        standing=msgspec.convert(standing_json(stands), Standing),
        draws=[_draw(parts, one) for one in draws],
        events=[_event(one) for one in events],
    )


def _draw(parts: Parts, one: Draw) -> DrawHead:
    show: Any = parts.runtime.public.show
    loan = None if one.loan is None else show("loan", one.loan)
    return DrawHead(
        show("offer", one.id), one.amount_minor, one.rate_bps, one.tenor_months, one.state.value,
        loan,
    )  # fmt: skip


def _event(one: FacilityEvent) -> EventShown:
    return EventShown(one.seq, one.kind.value, one.on, one.amount_minor, one.rate_bps, one.until)


ROUTES = (
    list_own_facilities,
    find_own_facility,
    preview_own_draw,
    draw,
    propose_facility_change,
    make_facility_change,
)
