"""Staff sign in by password and second factor, show a fresh code, change their password."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, post, put
from litestar.params import JSONBody

from tongtu.access.api import Given, step_up_by_totp
from tongtu.channels.rest.auth import PUBLIC, allow
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.passkeys import signed
from tongtu.channels.rest.sessions import Fresh
from tongtu.channels.rest.sign_in import SignedIn, asker_of, device_of, show_token
from tongtu.identity.api import STAFF

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Code = Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]
_STAFF = allow(*STAFF)


class LoginGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Login, password, and the code that the app shows now."""

    login: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9._-]{1,40}$")]
    password: Password
    code: Code


class AppCode(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The code that the app shows now."""

    code: Code


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The password as it is and as it is to be."""

    old: Password
    new: Password


@post(
    "/v1/sign-in/password",
    status_code=200,
    opt=PUBLIC,
    dto=StrictBody[LoginGiven],
    return_dto=None,
)
async def sign_in_by_password(
    data: JSONBody[LoginGiven], parts: GivenParts, request: Request[Any, Any, Any]
) -> SignedIn:
    """Exchange login, password and code for a bearer token of twelve hours: staff only."""
    given = Given(data.login, data.password, data.code)
    address = asker_of(request).address
    token = await parts.passwords.sign_in(given, address, device_of(request))
    return show_token(parts, token)


@post("/v1/step-up/app-code", status_code=200, opt=_STAFF, dto=StrictBody[AppCode], return_dto=None)
async def freshen_by_app(
    data: JSONBody[AppCode],
    parts: GivenParts,
    caller: GivenCaller,
    request: Request[Any, Any, Any],
) -> Fresh:
    """Make this session fresh by the code that the app shows now."""
    await step_up_by_totp(parts.runtime, signed(caller, request), data.code)
    return Fresh(True)


@put(
    "/v1/me/password",
    status_code=200,
    opt=_STAFF,
    dto=StrictBody[PasswordChange],
    return_dto=None,
)
async def change_password(
    data: JSONBody[PasswordChange],
    parts: GivenParts,
    caller: GivenCaller,
    request: Request[Any, Any, Any],
) -> Fresh:
    """Replace the caller's own password, by the one before; their other sessions end."""
    ended = await parts.passwords.change_password(signed(caller, request), data.old, data.new)
    for token_hash in ended:
        parts.doorkeeper.forget(token_hash)
    return Fresh(True)


ROUTES = (sign_in_by_password, freshen_by_app, change_password)
