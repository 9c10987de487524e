"""Who may pass: a route names its roles or says it is public; what says nothing is shut."""

from __future__ import annotations

from typing import Annotated, Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import HeaderParameter
from litestar.types import Scope

from tongtu.channels.rest.headers import Headers, bearer_token, idempotency_key
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotAllowed

ROLES = "roles"
WRITE = "is_write"
# The media types of a route whose body is a file.
FILES = "files"
# Whose files are taken.
SENDERS = frozenset({Role.BORROWER})
# For anybody, signed in or not.
PUBLIC: dict[str, Any] = {ROLES: None}

# Documents the header; the guard below has checked it before the route is called.
Key = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        pattern="^[A-Za-z0-9_-]{8,64}$",
        description="The same key takes effect once; with another body it is refused.",
    ),
]


def allow(*roles: Role) -> dict[str, Any]:
    """Let these roles read."""
    return {ROLES: frozenset(roles)}


def allow_write(*roles: Role) -> dict[str, Any]:
    """Let these roles write, with an Idempotency-Key."""
    return {ROLES: frozenset(roles), WRITE: True}


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard of every route: token, role, idempotency key, in this order.

    Raises:
        NotSignedIn, NotAllowed, BadInput.
    """
    if ROLES not in handler.opt:
        raise NotAllowed("this door is shut")
    roles = handler.opt[ROLES]
    if roles is not None:
        parts: Parts = connection.app.state.parts
        caller = await caller_in(parts, connection.scope["headers"], roles)
        connection.scope["state"]["caller"] = caller
    if handler.opt.get(WRITE):
        idempotency_key(connection.scope["headers"])


async def caller_in(parts: Parts, headers: Headers, roles: frozenset[Role]) -> Caller:
    """Return the caller of a request when its role may pass.

    Raises:
        NotSignedIn: no live token.
        NotAllowed: another role.
    """
    return in_role(await parts.doorkeeper.authorise(bearer_token(headers)), roles)


def in_role(caller: Caller, roles: frozenset[Role]) -> Caller:
    """Return the caller when its role may pass. Both doors call this.

    Raises:
        NotAllowed: another role.
    """
    if caller.role not in roles:
        raise NotAllowed("your role may not do this")
    return caller


def provide_parts(scope: Scope) -> Parts:
    """Give a route the platform that its application serves now."""
    parts: Parts = scope["litestar_app"].state.parts
    return parts


def provide_caller(scope: Scope) -> Caller:
    """Give a route the caller its guard admitted."""
    caller: Caller = scope["state"]["caller"]
    return caller
