"""Settlements: made by operators a closed day, read as a file and answered by each lender."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.funding.api import (
    Answer,
    Settlement,
    answer_settlement,
    find_settlement,
    list_settlements,
    settle,
)
from tongtu.identity.api import Role, once
from tongtu.runtime.api import Connection

_MAY_SEE = allow(Role.LENDER, Role.OPERATOR, Role.REGULATOR)


class SettlementsAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The closed day that every lender is told of."""

    day: dt.date


class AnswerAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A lender's word on the file of this hash."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    is_right: bool
    note: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class SettlementShown(msgspec.Struct, frozen=True):
    """A lender's day: from the opening to the closing balance of its account in the ledger."""

    lender: int
    day: dt.date
    opening_minor: int
    total_minor: int
    closing_minor: int
    lines: int
    sha256: str
    state: str
    answered_at: dt.datetime | None
    note: str | None


class SettlementsShown(msgspec.Struct, frozen=True):
    """A day's settlements."""

    items: list[SettlementShown]


@post(
    "/v1/operations/settlements",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[SettlementsAsked],
    return_dto=None,
)
async def make_settlements(
    data: JSONBody[SettlementsAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> SettlementsShown:
    """Make every lender's settlement of a closed day; those that stand are left as they are."""
    made = []
    for lender in parts.book.everybody():
        async with parts.runtime.database.transaction() as connection:
            one = await settle(connection, parts.runtime, lender.number, data.day)
        made.append(_shown(one))

    async def keep(_: Connection) -> bytes:
        return msgspec.json.encode(SettlementsShown(made))

    return stored(await once(parts.runtime, caller, "settle", command, keep), SettlementsShown)


@get("/v1/settlements/{day:date}", opt=_MAY_SEE)
async def list_own_settlements(
    day: FromPath[dt.date], parts: GivenParts, caller: GivenCaller
) -> SettlementsShown:
    """Return the day's settlements: a lender's own, or all."""
    async with parts.runtime.database.reading() as connection:
        found = await list_settlements(connection, caller, day)
    return SettlementsShown([_shown(one) for one in found])


@get("/v1/settlements/{day:date}/{lender:int}/file", opt=_MAY_SEE)
async def find_settlement_file(
    day: FromPath[dt.date], lender: FromPath[int], parts: GivenParts, caller: GivenCaller
) -> Response[bytes]:
    """Return the file, byte for byte as its hash was made."""
    async with parts.runtime.database.reading() as connection:
        found = await find_settlement(connection, caller, lender, day)
    name = f"settlement-{lender}-{day}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(found.content, media_type="text/csv; charset=utf-8", headers=headers)


@post(
    "/v1/settlements/{day:date}/answer",
    status_code=200,
    opt=allow_write(Role.LENDER),
    dto=StrictBody[AnswerAsked],
    return_dto=None,
)
async def answer_own_settlement(
    day: FromPath[dt.date],
    data: JSONBody[AnswerAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> SettlementShown:
    """Confirm or dispute the file that was sent for a day, once."""
    said = Answer(bytes.fromhex(data.sha256), data.is_right, data.note)
    runtime = parts.runtime

    async def effect(connection: Connection) -> bytes:
        answered = await answer_settlement(connection, runtime, caller, day, said)
        return msgspec.json.encode(_shown(answered))

    answer = await once(runtime, caller, "answer_settlement", command, effect)
    return stored(answer, SettlementShown)


def _shown(one: Settlement) -> SettlementShown:
    return SettlementShown(
        lender=one.lender,
        day=one.day,
        opening_minor=one.opening_minor,
        total_minor=one.total_minor,
        closing_minor=one.closing_minor,
        lines=one.lines,
        sha256=one.sha256.hex(),
        state=one.state.value,
        answered_at=one.answered_at,
        note=one.note,
    )


ROUTES = (make_settlements, list_own_settlements, find_settlement_file, answer_own_settlement)
