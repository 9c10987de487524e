"""Campaigns: proposed by one, approved by another, stopped by one; what they were worth."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.campaign.api import (
    AUDIENCE_MAX,
    HOLD_OUT_PPM_MAX,
    HOLD_OUT_PPM_MIN,
    RESPONSE_DAYS_MAX,
    Campaign,
    Interval,
    Plan,
    Worth,
    approve_campaign,
    find_campaign,
    newest_campaigns,
    propose_campaign,
    report_campaign,
    stop_campaign,
)
from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposals import ReasonGiven, Why, act_once
from tongtu.identity.api import Role
from tongtu.runtime.api import Connection

_MAY_LOOK = allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR)
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,40}$")]
Cell = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class CampaignGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A plan. `segment`: rows of JDM conditions by feature; whoever one row holds for is in."""

    name: Name
    why: Why
    product: Name
    segment: Annotated[
        list[Annotated[dict[Name, Cell], msgspec.Meta(min_length=1, max_length=8)]],
        msgspec.Meta(min_length=1, max_length=20),
    ]
    hold_out_ppm: Annotated[int, msgspec.Meta(ge=HOLD_OUT_PPM_MIN, le=HOLD_OUT_PPM_MAX)]
    audience_max: Annotated[int, msgspec.Meta(ge=1, le=AUDIENCE_MAX)]
    starts_at: Instant
    ends_at: Instant
    response_days: Annotated[int, msgspec.Meta(ge=1, le=RESPONSE_DAYS_MAX)]
    off_ppm_max: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class CampaignProposed(msgspec.Struct, frozen=True):
    """What a second person has to approve within three days."""

    campaign: str
    approval: str


class CampaignShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where a campaign stands."""

    campaign: str
    name: str
    why: str
    product: str
    state: str
    segment: list[dict[str, str]]
    hold_out_ppm: int
    audience_max: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    response_days: int
    stopped_at: dt.datetime | None
    stopped_why: str | None


class CampaignsShown(msgspec.Struct, frozen=True):
    """The hundred proposed last, newest first."""

    items: list[CampaignShown]
    next: str | None


class FigureTold(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; null bounds where there were too few to tell."""

    value: float
    low: float | None
    high: float | None


class StratumTold(msgspec.Struct, frozen=True):
    """People alike before the draw: who responds unasked, and what a push adds to it."""

    name: str
    push: int
    hold_out: int
    propensity: FigureTold
    uplift: FigureTold


class CampaignTold(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign and what it was worth; `added_per_member_minor` is what a draw to push added."""

    campaign: CampaignShown
    members: int
    pushed: int
    refused: int
    switched_off: int
    response_push: FigureTold
    response_hold_out: FigureTold
    uplift: FigureTold
    added_per_member_minor: FigureTold
    strata: list[StratumTold]


@get("/v1/operations/campaigns", opt=_MAY_LOOK)
async def list_campaigns(parts: GivenParts) -> CampaignsShown:
    """Return the latest campaigns."""
    async with parts.runtime.database.reading() as connection:
        found = await newest_campaigns(connection)
    return CampaignsShown([_shown(parts, one) for one in found], None)


@get("/v1/operations/campaigns/{campaign:str}", opt=_MAY_LOOK)
async def find_one_campaign(campaign: FromPath[str], parts: GivenParts) -> CampaignTold:
    """Return a campaign and what it was worth so far."""
    identifier = read_id(parts, "campaign", campaign)
    async with parts.runtime.database.reading() as connection:
        found = await find_campaign(connection, identifier)
    return _told(_shown(parts, found), await report_campaign(parts.runtime, found))


@post(
    "/v1/operations/campaigns",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[CampaignGiven],
    return_dto=None,
)
async def propose_one_campaign(
    data: JSONBody[CampaignGiven], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CampaignProposed:
    """Propose pushes to a segment, with a part of it held out by chance."""
    show = parts.runtime.public.show

    async def act(connection: Connection) -> CampaignProposed:
        of = _plan(data), parts.catalogue
        made, approval = await propose_campaign(connection, parts.runtime, caller, of)
        return CampaignProposed(show("campaign", made.id), show("approval", approval.id))

    return await act_once(parts, (caller, command), "propose_campaign", CampaignProposed, act)


@post(
    "/v1/operations/campaign-proposals/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def approve_one_campaign(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CampaignShown:
    """Approve what somebody else proposed: it runs when its time comes."""
    identifier = read_id(parts, "approval", approval)

    async def act(connection: Connection) -> CampaignShown:
        made = await approve_campaign(connection, parts.runtime, caller, identifier)
        return _shown(parts, made)

    return await act_once(parts, (caller, command), "approve_campaign", CampaignShown, act)


@post(
    "/v1/operations/campaigns/{campaign:str}/stop",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[ReasonGiven],
    return_dto=None,
)
async def stop_one_campaign(
    campaign: FromPath[str],
    data: JSONBody[ReasonGiven],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> CampaignShown:
    """Stop a campaign: when this answers, nobody is pushed to any more, by any process."""
    identifier = read_id(parts, "campaign", campaign)

    async def act(connection: Connection) -> CampaignShown:
        runtime = parts.runtime
        return _shown(parts, await stop_campaign(connection, runtime, caller, identifier, data.why))

    return await act_once(parts, (caller, command), "stop_campaign", CampaignShown, act)


def _plan(data: CampaignGiven) -> Plan:
    return Plan(
        name=data.name,
        why=data.why,
        product=data.product,
        segment=tuple(data.segment),
        hold_out_ppm=data.hold_out_ppm,
        audience_max=data.audience_max,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
        response_days=data.response_days,
        off_ppm_max=data.off_ppm_max,
    )


def _shown(parts: Parts, one: Campaign) -> CampaignShown:
    plan = one.plan
    return CampaignShown(
        campaign=parts.runtime.public.show("campaign", one.id),
        name=plan.name,
        why=plan.why,
        product=plan.product,
        state=one.state(parts.runtime.clock.now()).value,
        segment=[dict(row) for row in plan.segment],
        hold_out_ppm=plan.hold_out_ppm,
        audience_max=plan.audience_max,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        response_days=plan.response_days,
        stopped_at=one.stopped_at,
        stopped_why=one.stopped_why,
    )


def _told(shown: CampaignShown, found: Worth) -> CampaignTold:
    return CampaignTold(
        campaign=shown,
        members=found.members,
        pushed=found.pushed,
        refused=found.refused,
        switched_off=found.switched_off,
        response_push=_figure(found.response_push),
        response_hold_out=_figure(found.response_hold_out),
        uplift=_figure(found.uplift),
        added_per_member_minor=_figure(found.added_per_member_minor),
        strata=[
            StratumTold(
                one.name, one.push, one.hold_out, _figure(one.propensity), _figure(one.uplift)
            )
            for one in found.strata
        ],
    )


def _figure(one: Interval) -> FigureTold:
    low, high = (round(end, 5) if math.isfinite(end) else None for end in (one.low, one.high))
    return FigureTold(round(one.value, 5), low, high)


ROUTES = (
    list_campaigns,
    find_one_campaign,
    propose_one_campaign,
    approve_one_campaign,
    stop_one_campaign,
)
