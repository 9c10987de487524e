"""Days that do not count as overdue: one member of staff proposes them, another allows them."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import allow_pause, propose_pause
from tongtu.servicing.api import OverduePause, PauseWish, ReliefReason


class PauseAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which days shall not count as overdue, both included, and why."""

    first_on: dt.date
    last_on: dt.date
    reason: Literal["illness", "job_lost", "income_fell", "disaster", "other"]


class PauseProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow, and what it does to the days late of today."""

    approval: str
    loan: str
    first_on: dt.date
    last_on: dt.date
    dpd_before: int
    dpd_after: int


class PauseMade(msgspec.Struct, frozen=True):
    """A pause that holds."""

    loan: str
    first_on: dt.date
    last_on: dt.date
    dpd_before: int
    dpd_after: int


@post(
    "/v1/loans/{loan:str}/overdue-pauses",
    status_code=201,
    opt=allow_write(Role.CLERK, Role.OPERATOR),
    dto=StrictBody[PauseAsked],
    return_dto=None,
)
async def propose_overdue_pause(
    loan: FromPath[str],
    data: JSONBody[PauseAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> PauseProposed:
    """Propose days that do not count as overdue; interest and what is owed stay as they are."""
    identifier, days = read_id(parts, "loan", loan), OverduePause(data.first_on, data.last_on)
    wish = PauseWish(identifier, days, ReliefReason(data.reason))
    answer = await propose_pause(parts.runtime, caller, wish, command)
    return stored(answer, PauseProposed)


@post(
    "/v1/operations/overdue-pauses/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def allow_overdue_pause(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PauseMade:
    """Allow what somebody else proposed: the days do not count from the next day's end on."""
    identifier = read_id(parts, "approval", approval)
    return stored(await allow_pause(parts.runtime, caller, identifier, command), PauseMade)


ROUTES = (propose_overdue_pause, allow_overdue_pause)
