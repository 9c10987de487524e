"""How low and how high an account may go: two persons set it, and who did is kept."""

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
from tongtu.channels.rest.ids import LIMIT, Limit, read_id
from tongtu.channels.rest.proposals import Why
from tongtu.identity.api import Role
from tongtu.journey.api import LimitWish, allow_limits, propose_limits
from tongtu.kernel.ids import AccountId
from tongtu.ledger.api import find_account, limits_of

# As far as a balance may ever go.
LIMIT_MINOR_MAX = 4 * 10**18
Limited = Annotated[int, msgspec.Meta(ge=-LIMIT_MINOR_MAX, le=LIMIT_MINOR_MAX)] | None


class LimitsAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How low and how high an account may go, holds counted; null lifts a limit."""

    floor_minor: Limited
    ceiling_minor: Limited
    why: Why


class LimitsShown(msgspec.Struct, frozen=True):
    """Limits of an account, and why."""

    account: str
    floor_minor: int | None
    ceiling_minor: int | None
    why: str


class LimitsProposed(msgspec.Struct, frozen=True):
    """What a second person has to allow within three days."""

    approval: str
    account: str
    floor_minor: int | None
    ceiling_minor: int | None
    why: str


class LimitItem(msgspec.Struct, frozen=True):
    """Limits that were set once."""

    floor_minor: int | None
    ceiling_minor: int | None
    why: str
    at: dt.datetime


class LimitHistoryShown(msgspec.Struct, frozen=True):
    """How an account's limits were set, newest first."""

    items: list[LimitItem]


@post(
    "/v1/ledger/accounts/{account:str}/limits",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[LimitsAsked],
    return_dto=None,
)
async def propose_limits_of_account(
    account: FromPath[str],
    data: JSONBody[LimitsAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> LimitsProposed:
    """Propose how low and how high an account may go; another person has to allow it."""
    number = AccountId(read_id(parts, "account", account))
    wish = LimitWish(number, data.floor_minor, data.ceiling_minor, data.why)
    answer = await propose_limits(parts.runtime, caller, wish, command)
    return stored(answer, LimitsProposed)


@post(
    "/v1/operations/account-limits/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
)
async def set_limits_of_account(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> LimitsShown:
    """Set the limits that somebody else proposed."""
    identifier = read_id(parts, "approval", approval)
    answer = await allow_limits(parts.runtime, caller, identifier, command)
    return stored(answer, LimitsShown)


@get(
    "/v1/ledger/accounts/{account:str}/limits",
    opt=allow(Role.ANALYST, Role.OPERATOR, Role.REGULATOR),
)
async def list_limits_of_account(
    account: FromPath[str], parts: GivenParts, limit: Limit = LIMIT
) -> LimitHistoryShown:
    """Return how an account's limits were set, newest first."""
    number = AccountId(read_id(parts, "account", account))
    async with parts.runtime.database.reading() as connection:
        own = await find_account(connection, parts.runtime.settings.cells, number)
        found = await limits_of(connection, own.cell, number, limit)
    return LimitHistoryShown(
        [LimitItem(one.floor_minor, one.ceiling_minor, one.why, one.at) for one in found]
    )


ROUTES = (propose_limits_of_account, set_limits_of_account, list_limits_of_account)
