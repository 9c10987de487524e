"""Lenders on machines of their own: their keys, their answers, how they keep up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import PUBLIC, allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.headers import Headers, header
from tongtu.channels.rest.ids import read_id
from tongtu.funding.api import (
    OVERLAP_HOURS_MAX,
    Signed,
    count_requests,
    key_name,
    list_keys,
    platform_key,
)
from tongtu.identity.api import Role
from tongtu.journey.api import NewKey, propose_lender_key, register_lender_key
from tongtu.kernel.errors import NotReady
from tongtu.kernel.ids import LenderId
from tongtu.runtime.api import MESSAGES, sm2_of


class LenderKeyAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A lender's next Ed25519 key, and for how many hours the one before it still holds.

    No key: the one that is kept here for a lender that decides in process.
    """

    lender: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    public: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    overlap_hours: Annotated[int, msgspec.Meta(ge=0, le=OVERLAP_HOURS_MAX)] = 24
    # The next key by which a lender or guarantor in process signs papers, made here: where the
    # certificate of the one before was revoked.
    is_for_papers: bool = False


class LenderKeyProposed(msgspec.Struct, frozen=True):
    """A key that waits for a second person."""

    approval: str
    lender: str
    key: str


class LenderKeyMade(msgspec.Struct, frozen=True):
    """A key that counts from now on."""

    lender: str
    key: str


class LenderKeyShown(msgspec.Struct, frozen=True):
    """One key of a lender and when it holds."""

    lender: str
    key: str
    public: str
    valid_from: datetime
    valid_to: datetime | None


class LenderKeysShown(msgspec.Struct, frozen=True):
    """Keys, the newest of each lender first."""

    items: list[LenderKeyShown]
    next: str | None


class PlatformKeyShown(msgspec.Struct, frozen=True):
    """By which key the platform signs what it asks lenders.

    `sm2` is the public half of its SM2 key, where it signs what it sends by that too.
    """

    key: str
    public: str
    sm2: str | None


class AskedShown(msgspec.Struct, frozen=True):
    """How many requests to one lender stand in one state."""

    lender: str
    state: str
    count: int


class AskedListShown(msgspec.Struct, frozen=True):
    """What became of all requests to lenders that are asked over HTTP."""

    items: list[AskedShown]
    next: str | None


@get("/v1/platform-key", opt=PUBLIC)
async def find_platform_key(parts: GivenParts) -> PlatformKeyShown:
    """Return the key that requests to lenders are checked by."""
    public = platform_key(parts.runtime.keys).public_key().public_bytes_raw()
    sm2 = sm2_of(parts.runtime.settings, MESSAGES)
    return PlatformKeyShown(key_name(public), public.hex(), sm2.public.hex() if sm2 else None)


@get("/v1/lender-keys", opt=allow(Role.LENDER, Role.OPERATOR, Role.REGULATOR))
async def list_lender_keys(parts: GivenParts, caller: GivenCaller) -> LenderKeysShown:
    """Return the registered keys; a lender sees its own."""
    whose = caller.organisation if caller.role is Role.LENDER else None
    async with parts.runtime.database.reading() as connection:
        found = await list_keys(connection, whose)
    names = {lender.number: lender.id for lender in parts.book.everybody()}
    items = [
        LenderKeyShown(
            lender=names.get(LenderId(one.lender), str(one.lender)),
            key=one.key,
            public=one.public.hex(),
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
        for one in found
    ]
    return LenderKeysShown(items, None)


@post(
    "/v1/operations/lender-keys",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[LenderKeyAsked],
    return_dto=None,
)
async def propose_key(
    data: JSONBody[LenderKeyAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> LenderKeyProposed:
    """Propose a lender's key; another person registers it."""
    public = None if data.public is None else bytes.fromhex(data.public)
    new = NewKey(data.lender, public, data.overlap_hours, data.is_for_papers)
    answer = await propose_lender_key(parts.runtime, parts.book, (caller, command), new)
    return stored(answer, LenderKeyProposed)


@post(
    "/v1/operations/lender-keys/{approval:str}/approval",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
)
async def register_key(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> LenderKeyMade:
    """Register a key that somebody else proposed; earlier keys end after the overlap."""
    identifier = read_id(parts, "approval", approval)
    answer = await register_lender_key(parts.runtime, parts.book, caller, (identifier, command))
    return stored(answer, LenderKeyMade)


@get("/v1/operations/lender-requests", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def count_lender_requests(parts: GivenParts) -> AskedListShown:
    """Return what became of the requests to lenders that are asked over HTTP."""
    async with parts.runtime.database.reading() as connection:
        found = await count_requests(connection)
    names = {lender.number: lender.id for lender in parts.book.everybody()}
    items = [
        AskedShown(names.get(LenderId(lender), str(lender)), state, count)
        for lender, state, count in found
    ]
    return AskedListShown(items, None)


@post("/v1/lender-answers", status_code=204, opt=PUBLIC)
async def take_answer(request: Request[Any, Any, Any], parts: GivenParts) -> Response[None]:
    """Take an answer that a lender sends by itself, signed over its very bytes.

    The same answer again is answered alike and changes nothing; a late one is kept, not booked.
    """
    if parts.lenders is None:
        raise NotReady("lenders are heard in a moment", retry_after_s=5)
    headers = request.scope["headers"]
    signed = Signed(
        _text(headers, b"x-tongtu-key"),
        _text(headers, b"x-tongtu-time"),
        _text(headers, b"x-tongtu-signature"),
    )
    await parts.lenders.receive(signed, await request.body())
    return Response(None, status_code=204)


def _text(headers: Headers, name: bytes) -> str:
    return (header(headers, name) or b"").decode("latin-1")


ROUTES = (
    find_platform_key,
    list_lender_keys,
    propose_key,
    register_key,
    count_lender_requests,
    take_answer,
)
