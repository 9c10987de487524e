"""POST /v1/sign-in/codes, POST /v1/sign-in, DELETE /v1/sign-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, post
from litestar.params import JSONBody

from tongtu.access.api import device_name, sign_in_by_code
from tongtu.channels.rest.auth import PUBLIC, allow
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.headers import bearer_token, values
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Asker, CodeToSend, Role, Token, start_sign_in
from tongtu.notice.api import Notice, send
from tongtu.runtime.api import Connection


class CodeAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the one-time code goes."""

    phone: Annotated[str, msgspec.Meta(min_length=11, max_length=16)]
    device: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{8,64}$")] | None = None


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
    party: str  # pt_ for a person, sf_ for staff
    expires_at: datetime


@post("/v1/sign-in/codes", status_code=202, opt=PUBLIC, dto=StrictBody[CodeAsked], return_dto=None)
async def send_code(
    data: JSONBody[CodeAsked], parts: GivenParts, request: Request[Any, Any, Any]
) -> CodeSent:
    """Send a one-time code to a phone. The answer does not tell whether the phone is known."""
    asker = asker_of(request, data.device)
    challenge = await start_sign_in(parts.runtime, data.phone, asker, deliver_code(parts))
    return CodeSent(challenge.text, challenge.expires_at)


@post("/v1/sign-in", status_code=200, opt=PUBLIC, dto=StrictBody[CodeGiven], return_dto=None)
async def sign_in(
    data: JSONBody[CodeGiven], parts: GivenParts, request: Request[Any, Any, Any]
) -> SignedIn:
    """Exchange the code for a bearer token; the first time opens the party."""
    device = device_of(request)
    token = await sign_in_by_code(parts.runtime, data.challenge, data.code, device)
    return show_token(parts, token)


@delete("/v1/sign-in", status_code=204, opt=allow(*Role))
async def sign_out(parts: GivenParts, caller: GivenCaller, request: Request[Any, Any, Any]) -> None:
    """End the token this request came with."""
    await parts.doorkeeper.revoke(caller, bearer_token(request.scope["headers"]))


def show_token(parts: Parts, token: Token) -> SignedIn:
    """Return a new token with whom it speaks for; staff are named as staff."""
    caller = token.caller
    kind = "party" if caller.role is Role.BORROWER else "staff"
    shown = parts.runtime.public.show(kind, caller.subject)
    return SignedIn(token.text, caller.role.value, shown, token.expires_at)


def asker_of(request: Request[Any, Any, Any], device: str | None = None) -> Asker:
    """Return where a request comes from."""
    return Asker(request.client.host if request.client else "", device or "")


def device_of(request: Request[Any, Any, Any]) -> str:
    """Return the name of the client's device, as far as its own words go."""
    said = values(request.scope["headers"], b"user-agent")
    return device_name(said[0].decode("latin-1")) if said else ""


def deliver_code(parts: Parts) -> Callable[[Connection, CodeToSend], Awaitable[None]]:
    """Return what writes the message with a code, in the commit that makes the code."""

    async def deliver(connection: Connection, message: CodeToSend) -> None:
        notice = Notice("sign_in_code", {"code": message.code}, phone=message.phone)
        await send(connection, parts.runtime, notice)

    return deliver


ROUTES = (send_code, sign_in, sign_out)
