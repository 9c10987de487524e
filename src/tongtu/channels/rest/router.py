"""The router: its prices in force, and its switch."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.funding.api import newest_prices, router_is_off
from tongtu.identity.api import Role
from tongtu.journey.api import propose_resumption, resume_router, stop_router


class RouterReason(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Why the router is stopped, or is to go on."""

    why: Annotated[str, msgspec.Meta(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class RouterSwitched(msgspec.Struct, frozen=True):
    """Whether the router is off: then nothing is recommended and the cheapest stands first."""

    is_off: bool


class RouterProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow."""

    approval: str


class TollShown(msgspec.Struct, frozen=True):
    """What a million fen lent by a scarce program counts, in fen of worth."""

    program: str
    toll_ppm: int


class RouterShown(msgspec.Struct, frozen=True, kw_only=True):
    """The prices made last; `guard_ppm` is how much dearer a recommended offer may be, a year."""

    is_off: bool
    solved_at: dt.datetime | None
    business_date: dt.date | None
    cases: int
    expected_today: int
    guard_ppm: int
    tolls: list[TollShown]


@get("/v1/insight/router", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def find_router(parts: GivenParts) -> RouterShown:
    """Return the router's prices in force and of what they were made."""
    async with parts.runtime.database.reading() as connection:
        found = await newest_prices(connection)
        is_off = await router_is_off(connection)
    codes = {program.id: program.code for program in parts.book.programs()}
    tolls = () if found is None else found.steering.tolls
    return RouterShown(
        is_off=is_off,
        solved_at=None if found is None else found.solved_at,
        business_date=None if found is None else found.business_date,
        cases=0 if found is None else found.cases,
        expected_today=0 if found is None else found.ahead,
        guard_ppm=0 if found is None else found.steering.guard_ppm,
        tolls=[TollShown(codes.get(program, str(program)), toll) for program, toll in tolls],
    )


@post(
    "/v1/operations/router/stop",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[RouterReason],
    return_dto=None,
)
async def stop_one_router(
    data: JSONBody[RouterReason], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RouterSwitched:
    """Stop the router: when this answers, no decision here is steered any more."""
    answer = await stop_router(parts.runtime, caller, data.why, command)
    await parts.on_router()
    return stored(answer, RouterSwitched)


@post(
    "/v1/operations/router/resumption",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
    dto=StrictBody[RouterReason],
    return_dto=None,
)
async def propose_router_resumption(
    data: JSONBody[RouterReason], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RouterProposed:
    """Propose that the router goes on; another person has to allow it."""
    answer = await propose_resumption(parts.runtime, caller, data.why, command)
    return stored(answer, RouterProposed)


@post(
    "/v1/operations/router-resumptions/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def resume_one_router(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> RouterSwitched:
    """Allow what somebody else proposed: the router goes on."""
    identifier = read_id(parts, "approval", approval)
    answer = await resume_router(parts.runtime, caller, identifier, command)
    await parts.on_router()
    return stored(answer, RouterSwitched)


ROUTES = (find_router, stop_one_router, propose_router_resumption, resume_one_router)
