"""Staff who look at a person's data: clerks of a branch at its own people only; each look is kept.

The row is written when the answer is ready, before its first byte leaves: no row, no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import Message, Scope

from tongtu.access.api import Glance, Permission, is_served_by, note_look
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Caller, Role
from tongtu.journey.api import person_behind
from tongtu.kernel.errors import NotAllowed, NotFound

LOOK = "look"
# Where a route puts the words in which the reader said why.
REASON = "reason"
_ERRORS = 400


@dataclass(frozen=True, slots=True)
class _Look:
    """What is kept when the answer is a good one."""

    reader: Caller
    glance: Glance


async def watch(
    connection: ASGIConnection[Any, Any, Any, Any],
    parts: Parts,
    caller: Caller,
    permission: Permission,
) -> None:
    """Refuse a clerk of another branch, and remember whose data is about to be shown.

    Raises:
        NotAllowed: code `not_for_branches`: no clerk of any branch may pass here.
        NotFound: there is no such thing, or its person is served elsewhere: not told apart.
    """
    is_of_branch = caller.role is Role.CLERK and caller.organisation != 0
    is_everybodys = permission.who == frozenset(Role)
    is_named = permission.is_for_branches or permission.is_by_code or permission.is_of_house
    if is_of_branch and not (is_named or is_everybodys):
        raise NotAllowed("this is for clerks of head office", code="not_for_branches")
    if permission.about is None:
        return
    party = await _party(connection, parts, permission, caller)
    if is_of_branch and party is None:
        raise NotFound(f"there is no such {permission.about}")
    if party is not None and permission.why is not None:
        why = permission.why[caller.role]
        glance = Glance(party, permission.shows, why)
        connection.scope["state"][LOOK] = _Look(caller, glance)


async def _party(
    connection: ASGIConnection[Any, Any, Any, Any],
    parts: Parts,
    permission: Permission,
    caller: Caller,
) -> int | None:
    """Return the person behind the id, whom the caller's branch serves or who brings a code."""
    runtime, noun = parts.runtime, permission.about
    assert noun is not None
    try:
        identifier = runtime.public.read(noun, str(connection.path_params[noun]))
    except ValueError:
        return None
    async with runtime.database.reading() as reading:
        party = await person_behind(reading, runtime, noun, identifier)
        if party is None or permission.is_by_code:
            return party
        return party if await is_served_by(reading, runtime, caller, party) else None


async def keep_look(message: Message, scope: Scope) -> None:
    """Write the look down, before the first byte of a good answer leaves."""
    if message["type"] != "http.response.start":
        return
    look: _Look | None = scope["state"].pop(LOOK, None)
    if look is not None and message["status"] < _ERRORS:
        parts: Parts = scope["litestar_app"].state.parts
        reason = str(scope["state"].get(REASON, ""))
        await note_look(parts.runtime, look.reader, replace(look.glance, reason=reason))
