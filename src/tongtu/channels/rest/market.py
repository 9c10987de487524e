"""The market as the records have it: whole days by lender, and one decision's lenders."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import NotReady
from tongtu.kernel.ids import DecisionId, LenderId
from tongtu.origination.api import (
    DecisionLane,
    LenderLine,
    LenderTally,
    Spread,
    Tally,
    explain_decision,
    percent_of_ppm,
    tally,
)

_MAY_LOOK = allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR)


class FigureShown(msgspec.Struct, frozen=True):
    """A yearly figure over all offers shown, in percent; null where there was none."""

    least: str | None
    middle: str | None
    most: str | None


class LenderShown(msgspec.Struct, frozen=True, kw_only=True):
    """One lender's part. Shares are of the cases that came as far as the lenders, in percent."""

    lender: str
    name_zh: str
    name_en: str
    asked: int
    eligible: int
    shown: int
    first: int
    chosen: int
    eligible_percent: str
    shown_percent: str
    chosen_percent: str
    lent_minor: int
    worth_minor: int
    refusals: dict[str, int]


class CountedShown(msgspec.Struct, frozen=True, kw_only=True):
    """A market; savings are of the offer taken against the median of its own list."""

    decisions: int
    asked: int
    with_offers: int
    offers: int
    chosen: int
    dearer_than_first: int
    saving_minor: int
    saving_points_mean: str | None
    irr12: FigureShown
    effective: FigureShown
    lenders: list[LenderShown]


class MarketShown(CountedShown, frozen=True, kw_only=True):
    """What the machine decided; beside it what persons decided of what was left to them.

    A case that a person decided stands in both: nothing was taken of the machine's answer to it.
    """

    first_day: dt.date
    last_day: dt.date
    by_persons: CountedShown


class RouteShown(msgspec.Struct, frozen=True, kw_only=True):
    """One lender's answer: its offer and place, or its reason in words."""

    lender: str
    name_zh: str
    name_en: str
    reason_code: str | None
    reason_zh: str | None
    reason_en: str | None
    place: int | None
    cost_minor: int | None
    irr12_percent: str | None
    effective_percent: str | None
    worth_minor: int | None
    toll_minor: int | None  # shadow price times amount, where the router was on
    is_recommended: bool
    is_taken: bool


class RoutesShown(msgspec.Struct, frozen=True, kw_only=True):
    """One decision with every lender's answer, offers in the order they were shown."""

    decision: str
    application: str
    business_date: dt.date
    outcome: str
    band: int
    is_steered: bool  # the router was on
    lenders: list[RouteShown]


Day = Annotated[
    dt.date | None, QueryParameter(description="a business date; today's if none is named")
]


@get("/v1/insight/market", opt=_MAY_LOOK)
async def find_market(parts: GivenParts, first: Day = None, last: Day = None) -> MarketShown:
    """Return the market of some business days, counted from the stored decisions."""
    runtime = parts.runtime
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    days = first or last or today, last or first or today
    versions = _lane(parts).versions
    by_machine = await tally(runtime, versions, days)
    by_persons = await tally(runtime, versions, days, of_persons=True)
    return MarketShown(
        first_day=days[0],
        last_day=days[1],
        by_persons=CountedShown(**_counted(parts, by_persons)),
        **_counted(parts, by_machine),
    )


@get("/v1/decisions/{decision:str}/lenders", opt=_MAY_LOOK)
async def find_routes(decision: FromPath[str], parts: GivenParts) -> RoutesShown:
    """Return what each lender said in one decision: eligible or why not, price, worth."""
    runtime = parts.runtime
    identifier = DecisionId(read_id(parts, "decision", decision))
    found = await explain_decision(runtime, _lane(parts).versions, identifier)
    show = runtime.public.show
    return RoutesShown(
        decision=show("decision", found.decision),
        application=show("application", found.application),
        business_date=found.business_date,
        outcome=found.outcome.value,
        band=found.band,
        is_steered=found.is_steered,
        lenders=[_route(parts, line, is_steered=found.is_steered) for line in found.lines],
    )


def _counted(parts: Parts, found: Tally) -> dict[str, Any]:
    saved_by = found.chosen - found.chosen_later
    saved = found.saving_ppm // saved_by if saved_by else None
    return {
        "decisions": found.decisions,
        "asked": found.asked,
        "with_offers": found.with_offers,
        "offers": found.offers,
        "chosen": found.chosen,
        "dearer_than_first": found.dearer_than_first,
        "saving_minor": found.saving_minor,
        "saving_points_mean": None if saved is None else _percent(saved),
        "irr12": _figure(found.irr12),
        "effective": _figure(found.effective),
        "lenders": [_lender(parts, found, *one) for one in sorted(found.lenders.items())],
    }


def _lane(parts: Parts) -> DecisionLane:
    if parts.decisions is None:
        raise NotReady("decisions can be read in a moment", retry_after_s=5)
    return parts.decisions


def _lender(parts: Parts, market: Tally, number: LenderId, told: LenderTally) -> LenderShown:
    code, zh, en = _named(parts, number)
    return LenderShown(
        lender=code,
        name_zh=zh,
        name_en=en,
        asked=told.asked,
        eligible=told.eligible,
        shown=told.shown,
        first=told.first,
        chosen=told.chosen,
        eligible_percent=_share(told.eligible, market.asked),
        shown_percent=_share(told.shown, market.asked),
        chosen_percent=_share(told.chosen, market.asked),
        lent_minor=told.lent_minor,
        worth_minor=told.worth_minor,
        refusals=dict(told.refusals.most_common()),
    )


def _route(parts: Parts, line: LenderLine, *, is_steered: bool) -> RouteShown:
    code, zh, en = _named(parts, line.lender)
    offer, reason, text = line.offer, line.reason, parts.pack.reason
    return RouteShown(
        lender=code,
        name_zh=zh,
        name_en=en,
        reason_code=reason or None,
        reason_zh=text(reason, "zh") if reason else None,
        reason_en=text(reason, "en") if reason else None,
        place=line.place or None,
        cost_minor=None if offer is None else offer.cost_minor,
        irr12_percent=None if offer is None else percent_of_ppm(offer.irr12_ppm),
        effective_percent=None if offer is None else percent_of_ppm(offer.effective_ppm),
        worth_minor=None if offer is None else line.worth_minor,
        toll_minor=line.toll_minor if offer is not None and is_steered else None,
        is_recommended=line.is_recommended,
        is_taken=line.is_taken,
    )


def _named(parts: Parts, number: LenderId) -> tuple[str, str, str]:
    """Return a lender's id and names; one that left the book keeps its number."""
    found = next((one for one in parts.book.lenders if one.number == number), None)
    return (str(number), "", "") if found is None else (found.id, found.zh, found.en)


def _figure(spread: Spread) -> FigureShown:
    told = [spread.at(percent) for percent in (0, 50, 100)]
    return FigureShown(*(None if one is None else percent_of_ppm(one) for one in told))


def _share(part: int, whole: int) -> str:
    return _percent(part * 1_000_000 // whole) if whole else "0.00"


def _percent(ppm: int) -> str:
    """Return a share or a difference of yearly figures, which may be below 0."""
    return f"-{percent_of_ppm(-ppm)}" if ppm < 0 else percent_of_ppm(ppm)


ROUTES = (find_market, find_routes)
