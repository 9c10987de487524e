"""Offers as they are shown, and among them those that came after the decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.products import LenderShown, show_lender
from tongtu.funding.api import STEER_GUARD_PPM, AskState, Book, Request
from tongtu.kernel.ids import LenderId, ProgramId
from tongtu.origination.api import percent_of_bps, percent_of_ppm

# Decisions are stored as the bytes that were sent, so their instants stay texts.
Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]


class OfferShown(msgspec.Struct, frozen=True, kw_only=True):
    """One lender's terms; offers stand in the order of what they cost in all."""

    n: int
    lender: LenderShown
    program: str
    amount_minor: int
    tenor_months: int
    instalment_minor: int
    last_instalment_minor: int
    fee_monthly_minor: int
    total_minor: int
    cost_minor: int
    irr12_percent: str
    effective_percent: str
    rate_percent: str
    expires_at: Instant


class PendingShown(msgspec.Struct, frozen=True):
    """A lender that decides on a machine of its own and has not answered yet."""

    lender: LenderShown
    answer_by: datetime


_PPM_OF_PERCENT = 10_000
Remote = Sequence[tuple[Request, dict[str, int] | None]]


def pending_of(parts: Parts, remote: Remote) -> list[PendingShown]:
    """Return the lenders that may still answer."""
    now = parts.runtime.clock.now()
    return [
        PendingShown(show_lender(parts.book.lender(LenderId(one.lender))), one.answer_by)
        for one, _ in remote
        if one.state is AskState.ASKED and one.answer_by >= now
    ]


def with_remote(book: Book, decided: list[OfferShown], remote: Remote) -> list[OfferShown]:
    """Return all offers of one amount by what they cost in all, then those of another amount."""
    came = [
        _shown(book, one, terms, decided[0].expires_at)
        for one, terms in remote
        if terms is not None and one.state is AskState.OFFERED and decided
    ]
    if not came:
        return decided
    asked = decided[0].amount_minor
    return sorted(
        [*decided, *came],
        key=lambda one: (
            one.amount_minor != asked,
            one.cost_minor,
            Decimal(one.irr12_percent),
            one.n,
        ),
    )


def still_recommended(
    decided: list[OfferShown], remote: Remote, recommended: int | None
) -> int | None:
    """Return the router's word; None once an offer came that is cheaper by more than its guard.

    The router saw the decision's own list. Beside what came since it would break its own bound.
    """
    came = [
        Decimal(terms["irr12_ppm"])
        for one, terms in remote
        if terms is not None and one.state is AskState.OFFERED
    ]
    chosen = next((one for one in decided if one.n == recommended), None)
    if chosen is None or not came:
        return recommended
    yearly_ppm = Decimal(chosen.irr12_percent) * _PPM_OF_PERCENT
    return None if yearly_ppm > min(came) + STEER_GUARD_PPM else recommended


def _shown(book: Book, request: Request, terms: dict[str, int], expires_at: str) -> OfferShown:
    return OfferShown(
        n=request.n,
        lender=show_lender(book.lender(LenderId(terms["lender"]))),
        program=book.program(ProgramId(terms["program"])).code,
        amount_minor=terms["amount_minor"],
        tenor_months=terms["tenor_months"],
        instalment_minor=terms["instalment_minor"],
        last_instalment_minor=terms["last_instalment_minor"],
        fee_monthly_minor=terms["fee_monthly_minor"],
        total_minor=terms["total_minor"],
        cost_minor=terms["cost_minor"],
        irr12_percent=percent_of_ppm(terms["irr12_ppm"]),
        effective_percent=percent_of_ppm(terms["effective_ppm"]),
        rate_percent=percent_of_bps(terms["rate_bps"]),
        expires_at=expires_at,
    )
