"""POST /v1/sign-in/codes, POST /v1/sign-in, DELETE /v1/sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, post
from litestar.params import JSONBody

from tongtu.channels.rest.auth import PUBLIC, allow
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.headers import bearer_token
from tongtu.identity.api import CodeToSend, Role, finish_sign_in, start_sign_in
from tongtu.notice.api import Notice, send
from tongtu.runtime.api import Connection


class CodeAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the one-time code goes."""

    phone: Annotated[str, msgspec.Meta(min_length=11, max_length=16)]


class CodeSent(msgspec.Struct, frozen=True):
    """What the code answers."""

    challenge: str
    expires_at: datetime


class CodeGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The challenge with the code that came to the phone."""

    challenge: Annotated[str, msgspec.Meta(min_length=8, max_length=200)]
    code: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]


class SignedIn(msgspec.Struct, frozen=True):
    """A bearer token; it is shown once."""

    token: str
    role: str
    party: str
    expires_at: datetime


@post("/v1/sign-in/codes", status_code=202, opt=PUBLIC, dto=StrictBody[CodeAsked], return_dto=None)
async def send_code(
    data: JSONBody[CodeAsked], parts: GivenParts, request: Request[Any, Any, Any]
) -> CodeSent:
    """Send a one-time code to a phone. The answer does not tell whether the phone is known."""
    runtime = parts.runtime

    async def deliver(connection: Connection, message: CodeToSend) -> None:
        notice = Notice("sign_in_code", {"code": message.code}, phone=message.phone)
        await send(connection, runtime, notice)

    address = request.client.host if request.client else ""
    challenge = await start_sign_in(runtime, data.phone, address, deliver)
    return CodeSent(challenge.text, challenge.expires_at)


@post("/v1/sign-in", status_code=200, opt=PUBLIC, dto=StrictBody[CodeGiven], return_dto=None)
async def sign_in(data: JSONBody[CodeGiven], parts: GivenParts) -> SignedIn:
    """Exchange the code for a bearer token; the first time opens the party."""
    token = await finish_sign_in(parts.runtime, data.challenge, data.code)
    return SignedIn(
        token=token.text,
        role=token.caller.role.value,
        party=parts.runtime.public.show("party", token.caller.subject),
        expires_at=token.expires_at,
    )


@delete("/v1/sign-in", status_code=204, opt=allow(*Role))
async def sign_out(parts: GivenParts, caller: GivenCaller, request: Request[Any, Any, Any]) -> None:
    """End the token this request came with."""
    await parts.doorkeeper.revoke(caller, bearer_token(request.scope["headers"]))


ROUTES = (send_code, sign_in, sign_out)
