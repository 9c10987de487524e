"""Closing business days and looking at the open one: for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.identity.api import Role, once
from tongtu.journey.api import close_days
from tongtu.runtime.api import Connection, business_date
from tongtu.servicing.api import ClosedDay


class DayEndAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The last day to close."""

    through: dt.date


class DayClosed(msgspec.Struct, frozen=True):
    """One closed day; it would not be closed if loans and ledger disagreed."""

    date: dt.date
    loans: int
    accrued_minor: int
    invariant: str


class DaysClosed(msgspec.Struct, frozen=True):
    """The days closed by this call, and the one that is open now."""

    closed: list[DayClosed]
    business_date: dt.date


class BusinessDate(msgspec.Struct, frozen=True):
    """The open business date."""

    business_date: dt.date


class _NotClosedYet(Exception):
    """The key has no stored answer yet."""


@get(
    "/v1/operations/business-date",
    opt=allow(Role.OPERATOR, Role.CLERK, Role.ANALYST, Role.REGULATOR),
)
async def find_business_date(parts: GivenParts) -> BusinessDate:
    """Return the open business date."""
    async with parts.runtime.database.reading() as connection:
        return BusinessDate(await business_date(connection))


@post(
    "/v1/operations/day-ends",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[DayEndAsked],
    return_dto=None,
)
async def end_days(
    data: JSONBody[DayEndAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> DaysClosed:
    """Close every open day through the given one, in order; days already closed stay as they are.

    A day is a commit of its own, so the answer is stored under the key when all are closed; a
    call that was cut off goes on where it stood.
    """
    runtime = parts.runtime

    async def not_yet(_: Connection) -> bytes:
        raise _NotClosedYet

    try:
        return stored(await once(runtime, caller, "close_days", command, not_yet), DaysClosed)
    except _NotClosedYet:
        closed = await close_days(runtime, data.through)

    async def keep(connection: Connection) -> bytes:
        return msgspec.json.encode(DaysClosed(_by_day(closed), await business_date(connection)))

    return stored(await once(runtime, caller, "close_days", command, keep), DaysClosed)


def _by_day(closed: Sequence[ClosedDay]) -> list[DayClosed]:
    """Return one line a day over all cells."""
    return [
        DayClosed(
            day,
            sum(one.loans for one in closed if one.day == day),
            sum(one.accrued_minor for one in closed if one.day == day),
            "ok",
        )
        for day in sorted({one.day for one in closed})
    ]


ROUTES = (find_business_date, end_days)
