"""A caller's sessions, a fresh proof in one, what happened to their ways of signing in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from tongtu.access.api import (
    end_sessions,
    list_events,
    list_sessions,
    send_step_up_code,
    session_id,
    step_up,
    step_up_by_code,
    step_up_options,
)
from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenParts
from tongtu.channels.rest.passkeys import BrowserOptions, PasskeyUsed, signed
from tongtu.channels.rest.sign_in import CodeGiven, CodeSent, asker_of, deliver_code
from tongtu.identity.api import Role
from tongtu.kernel.errors import NotFound

_ANYBODY = allow(*Role)
_ID_LENGTH = 24


class SessionShown(msgspec.Struct, frozen=True):
    """A live session; `method` null: its token was made on the server, nobody signed in for it."""

    session: str
    is_this: bool
    method: str | None
    device: str
    signed_in_at: datetime
    expires_at: datetime


class SessionsShown(msgspec.Struct, frozen=True):
    """The caller's live sessions, newest first."""

    items: list[SessionShown]


class SessionsEnded(msgspec.Struct, frozen=True):
    """How many were ended."""

    ended: int


class EventShown(msgspec.Struct, frozen=True):
    """Something that happened to the caller's ways of signing in."""

    kind: str
    detail: str
    at: datetime


class EventsShown(msgspec.Struct, frozen=True):
    """The last such things, newest first."""

    items: list[EventShown]


class Fresh(msgspec.Struct, frozen=True):
    """The session is fresh now."""

    is_fresh: bool


@get("/v1/me/sessions", opt=_ANYBODY)
async def show_sessions(
    parts: GivenParts, caller: GivenCaller, request: Request[Any, Any, Any]
) -> SessionsShown:
    """Return the caller's live sessions."""
    this = signed(caller, request).token_hash
    found = await list_sessions(parts.runtime, caller)
    return SessionsShown(
        [
            SessionShown(
                session_id(one.token_hash),
                one.token_hash == this,
                one.method.value if one.method else None,
                one.device,
                one.signed_in_at,
                one.expires_at,
            )
            for one in found
        ]
    )


@delete("/v1/me/sessions", status_code=200, opt=_ANYBODY)
async def end_other_sessions(
    parts: GivenParts, caller: GivenCaller, request: Request[Any, Any, Any]
) -> SessionsEnded:
    """End all the caller's sessions but this one; doing it twice does nothing more."""
    ended = await end_sessions(parts.runtime, signed(caller, request), None)
    for token_hash in ended:
        parts.doorkeeper.forget(token_hash)
    return SessionsEnded(len(ended))


@delete("/v1/me/sessions/{session_id:str}", status_code=200, opt=_ANYBODY)
async def end_session(
    session_id: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    request: Request[Any, Any, Any],
) -> SessionsEnded:
    """End one of the caller's sessions."""
    if len(session_id) != _ID_LENGTH:
        raise NotFound("there is no such session")
    ended = await end_sessions(parts.runtime, signed(caller, request), session_id)
    for token_hash in ended:
        parts.doorkeeper.forget(token_hash)
    return SessionsEnded(len(ended))


@get("/v1/me/sign-in-events", opt=_ANYBODY)
async def show_events(parts: GivenParts, caller: GivenCaller) -> EventsShown:
    """Return what last happened to the caller's ways of signing in."""
    found = await list_events(parts.runtime, caller)
    return EventsShown([EventShown(one.kind, one.detail, one.at) for one in found])


@post("/v1/step-up/codes", status_code=202, opt=allow(Role.BORROWER))
async def send_fresh_code(
    parts: GivenParts, caller: GivenCaller, request: Request[Any, Any, Any]
) -> CodeSent:
    """Send a code to the caller's own phone, good in this session only."""
    who, asker = signed(caller, request), asker_of(request)
    sent = await send_step_up_code(parts.runtime, who, asker, deliver_code(parts))
    return CodeSent(sent.text, sent.expires_at)


@post(
    "/v1/step-up/code",
    status_code=200,
    opt=allow(Role.BORROWER),
    dto=StrictBody[CodeGiven],
    return_dto=None,
)
async def freshen_by_code(
    data: JSONBody[CodeGiven],
    parts: GivenParts,
    caller: GivenCaller,
    request: Request[Any, Any, Any],
) -> Fresh:
    """Make this session fresh by the code that was sent."""
    await step_up_by_code(parts.runtime, signed(caller, request), data.challenge, data.code)
    return Fresh(True)


@post("/v1/step-up/passkey-options", status_code=200, opt=_ANYBODY)
async def begin_freshening(
    parts: GivenParts, caller: GivenCaller, request: Request[Any, Any, Any]
) -> BrowserOptions:
    """Return what a browser needs to make this session fresh by one of the caller's passkeys."""
    who = signed(caller, request)
    return BrowserOptions(await step_up_options(parts.runtime, parts.relying_party, who))


@post(
    "/v1/step-up/passkey",
    status_code=200,
    opt=_ANYBODY,
    dto=StrictBody[PasskeyUsed],
    return_dto=None,
)
async def freshen_by_passkey(
    data: JSONBody[PasskeyUsed],
    parts: GivenParts,
    caller: GivenCaller,
    request: Request[Any, Any, Any],
) -> Fresh:
    """Make this session fresh by a passkey's answer."""
    who = signed(caller, request)
    await step_up(parts.runtime, parts.relying_party, who, data.as_assertion())
    return Fresh(True)


ROUTES = (
    show_sessions,
    end_other_sessions,
    end_session,
    show_events,
    send_fresh_code,
    freshen_by_code,
    begin_freshening,
    freshen_by_passkey,
)
