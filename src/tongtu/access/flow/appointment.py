"""Who becomes a member of staff, or another kind of one, by the word of two."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tongtu.access.flow.roster import Post, check_post, move_member, open_member
from tongtu.access.flow.staff import check_login
from tongtu.access.store import organisation as organisations
from tongtu.identity.api import (
    Approval,
    Caller,
    Proposal,
    Role,
    Staff,
    allow,
    count_open,
    find_staff_by_login,
    propose,
)
from tongtu.kernel.errors import NotAllowed
from tongtu.runtime.api import Connection, Runtime

OPERATION = "access.post"
# With two there is always a second person; until then the server's own command opens them.
OPERATORS_MIN = 2


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who is to have which post; `place`: organisation and team they work in, where it has any."""

    login: str
    post: Post
    place: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Appointed:
    """Who has the post now; the sessions of whoever was moved have ended."""

    staff: Staff
    is_new: bool
    ended: tuple[bytes, ...]


async def propose_post(
    connection: Connection, runtime: Runtime, caller: Caller, wish: Appointment
) -> Approval:
    """Propose to open a member of staff, or to move one to another post.

    Raises:
        BadInput: no login, or a role where it cannot be. NotAllowed: another role.
    """
    check_login(wish.login)
    check_post(wish.post)
    told = {
        "login": wish.login,
        "role": wish.post.role.value,
        "organisation": wish.post.organisation,
        "place": wish.place,
    }
    body = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    there = await find_staff_by_login(connection, wish.login)
    subject = there.id if there else 0
    return await propose(connection, runtime, caller, Proposal(OPERATION, subject, body))


async def allow_post(
    connection: Connection, runtime: Runtime, caller: Caller, approval: int
) -> Appointed:
    """Allow what somebody else proposed. Who is new is handed what they sign in by on the server.

    Raises:
        NotFound, NotAllowed, Conflict: as `allow`; `own_work`: one's own post; `known_login`:
            somebody had the login and left.
    """
    allowed = await allow(connection, runtime, caller, approval, OPERATION)
    told = json.loads(allowed.body)
    post, login = Post(Role(told["role"]), told["organisation"]), told["login"]
    there = await find_staff_by_login(connection, login)
    ended: list[bytes] = []
    if there is None:
        staff = await open_member(connection, runtime, login, post)
    elif there.id == caller.subject:
        raise NotAllowed("nobody decides on their own post", code="own_work")
    else:
        ended = await move_member(connection, runtime, there.id, post)
        staff = Staff(there.id, login, post.role, post.organisation)
    if told["place"] is not None:
        organisation, team = told["place"]
        at = runtime.clock.now()
        await organisations.place_member(connection, staff.id, (organisation, team), at)
    return Appointed(staff, there is None, tuple(ended))


async def needs_two(connection: Connection) -> bool:
    """Tell whether there are two operators, so that the server's command opens nobody any more."""
    return await count_open(connection, Role.OPERATOR) >= OPERATORS_MIN
