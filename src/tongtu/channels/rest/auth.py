"""Who may pass: a route's code names roles, the table of permissions too; the rest is shut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import HeaderParameter
from litestar.routes import HTTPRoute
from litestar.types import Scope

from tongtu.access.api import Permission, SignedCaller, check_fresh, check_second_person
from tongtu.channels.rest.headers import Headers, bearer_token, idempotency_key
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.looking import watch
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, Role, hash_token
from tongtu.kernel.errors import NotAllowed

ROLES = "roles"
WRITE = "is_write"
# Its entry of the table of permissions; set when the application is built.
PERMISSION = "permission"
# Files of the web builds: for anybody, whatever their names are.
SITE = "is_site"
_SITE = Permission("site", "head_office", None)
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
    """Guard of every route: token, role, fresh proof, branch, idempotency key, in this order.

    A route is open to whom its code names *and* the table of permissions names; what stands in
    one of the two only is shut.

    Raises:
        NotSignedIn, NotAllowed, BadInput.
    """
    permission: Permission | None = handler.opt.get(PERMISSION)
    if ROLES not in handler.opt or permission is None:
        raise NotAllowed("this door is shut")
    roles = roles_of(handler.opt[ROLES], permission)
    if roles is not None:
        parts: Parts = connection.app.state.parts
        headers = connection.scope["headers"]
        caller = await caller_in(parts, headers, roles)
        connection.scope["state"]["caller"] = caller
        who = SignedCaller(caller, hash_token(bearer_token(headers)))
        if permission.fresh_within is not None:
            await check_fresh(parts.runtime, who, permission.fresh_within)
        if permission.is_second_person:
            approval = read_id(parts, "approval", str(connection.path_params["approval"]))
            await check_second_person(parts.runtime, who, approval)
        if caller.role is not Role.BORROWER:
            await watch(connection, parts, caller, permission)
    if handler.opt.get(WRITE):
        idempotency_key(connection.scope["headers"])


def roles_of(named: frozenset[Role] | None, permission: Permission) -> frozenset[Role] | None:
    """Return who may pass by the code and by the table; None: anybody, when both say so."""
    if named is None and permission.who is None:
        return None
    every = frozenset(Role)
    return (every if named is None else named) & (
        every if permission.who is None else permission.who
    )


def bind(app: Litestar, permissions: Mapping[tuple[str, str], Permission]) -> None:
    """Hand each route of an application its entry of the table."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                address = str(method), route.path_format or "/"
                if handler.opt.get(SITE):
                    handler.opt[PERMISSION] = _SITE
                elif address in permissions:
                    handler.opt[PERMISSION] = permissions[address]


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
