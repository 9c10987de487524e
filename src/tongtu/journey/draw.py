"""A draw on a facility goes the way of a loan: an accepted offer, a promise, a case of its own."""

from __future__ import annotations

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotFound, Refused
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId, OfferId, PartyId, ProgramId
from tongtu.origination.api import Acceptance, Offer, find_acceptance
from tongtu.runtime.api import Connection, Runtime
from tongtu.servicing.api import (
    Draw,
    DrawState,
    FacilityRow,
    find_draw,
    find_facility,
    find_facility_row,
)
from tongtu.terms.api import quote

_STAFF = frozenset({Role.OPERATOR, Role.CLERK, Role.REGULATOR})


async def accepted_of(
    connection: Connection, runtime: Runtime, caller: Caller, offer: int
) -> Acceptance:
    """Return what the caller accepted: an offer, or a draw on a line of theirs. Raises NotFound."""
    draw = await find_draw(connection, caller.cell, offer)
    if draw is None:
        return await find_acceptance(connection, caller, offer)
    row = await own_facility(connection, runtime, caller, draw.facility)
    return as_accepted(runtime, row, draw)


async def own_facility(
    connection: Connection, runtime: Runtime, caller: Caller, facility: int
) -> FacilityRow:
    """Return a facility the caller may see. Raises NotFound."""
    row = await find_facility_row(connection, runtime.cell(facility), facility)
    is_seen = (
        caller.role in _STAFF
        or (caller.role is Role.BORROWER and row.party == caller.subject)
        or (caller.role is Role.LENDER and row.lender == caller.organisation)
    )
    if not is_seen:
        raise NotFound("no such facility")
    return row


def terms_offered(row: FacilityRow, amount_minor: int, rate_bps: int, tenor_months: int) -> Offer:
    """Return a draw's terms as an offer: one function for the preview and for the loan."""
    figures = quote(amount_minor, rate_bps, tenor_months)
    return Offer(
        program=ProgramId(row.basis.program),
        lender=LenderId(row.lender),
        amount_minor=amount_minor,
        tenor_months=tenor_months,
        rate_bps=rate_bps,
        fee_monthly_minor=0,
        instalment_minor=figures.instalment_minor,
        last_instalment_minor=figures.last_minor,
        total_minor=figures.total_minor,
        cost_minor=figures.cost_minor,
        irr12_ppm=figures.irr12_ppm,
        effective_ppm=figures.effective_ppm,
    )


def as_accepted(runtime: Runtime, row: FacilityRow, draw: Draw) -> Acceptance:
    """Return a draw as what contracts and payout go on from; its own id stands for all of it.

    The reservation under the limit is its decision and the lender's promise, so its warrant is used
    once like any other.
    """
    assert draw.agreed_on is not None, "a draw that is signed has its day"
    return Acceptance(
        id=OfferId(draw.id),
        application=ApplicationId(draw.id),
        decision=DecisionId(draw.id),
        party=PartyId(row.party),
        product=row.product,
        n=1,
        offer=terms_offered(row, draw.amount_minor, draw.rate_bps, draw.tenor_months),
        commitment=draw.id,
        business_date=draw.agreed_on,
        accepted_at=runtime.clock.now(),
        salt=b"",
    )


async def check_line(connection: Connection, cell: int, draw: Draw) -> None:
    """Refuse a draw whose money may not leave now; the code says why.

    Raises:
        Refused: it is reserved no more, or its line is frozen, closed, over or due for review.
    """
    if draw.state is not DrawState.RESERVED:
        raise Refused("this draw is reserved no more", code="draw_ended")
    stands = await find_facility(connection, cell, draw.facility)
    if stands.standing is not None:
        raise Refused("nothing can be drawn on this line now", code=stands.standing.value)
