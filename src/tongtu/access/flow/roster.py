"""Who is a member of staff: opened, moved to another role, closed; the moved sign in anew."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.access.flow.delegation import end_delegations_of
from tongtu.access.flow.session import end_all_sessions, note_event
from tongtu.access.flow.staff import check_login
from tongtu.access.store import passkey as passkeys
from tongtu.identity.api import (
    STAFF,
    Caller,
    Hold,
    Role,
    Staff,
    close_staff,
    find_staff,
    find_staff_by_login,
    move_staff,
    write_staff,
)
from tongtu.kernel.errors import BadInput, Conflict, NotFound
from tongtu.runtime.api import Connection, Runtime

ORGANISATION_MAX = 9_999
_PARTNERS = frozenset({Role.LENDER, Role.MERCHANT})
# Who may belong to a branch; head office and the digital finance department are organisation 0.
_IN_BRANCHES = frozenset({Role.CLERK})


@dataclass(frozen=True, slots=True)
class Post:
    """A role in an organisation: a lender's or merchant's number, a branch's for clerks, else 0."""

    role: Role
    organisation: int


def check_post(post: Post) -> None:
    """Refuse a role where it cannot be. Raises BadInput."""
    if post.role not in STAFF:
        raise BadInput("a borrower is no member of staff")
    if not 0 <= post.organisation <= ORGANISATION_MAX:
        raise BadInput("an organisation has a number up to 9,999")
    if post.role in _PARTNERS and post.organisation == 0:
        raise BadInput("a lender's or merchant's staff need its number")
    if post.organisation and post.role not in _PARTNERS | _IN_BRANCHES:
        raise BadInput("only clerks belong to a branch")


async def open_member(connection: Connection, runtime: Runtime, login: str, post: Post) -> Staff:
    """Open a member of staff, who cannot sign in before they are handed something to sign in by.

    Raises:
        BadInput: no login, or a role where it cannot be.
        Conflict: code `known_login`: somebody has or had it.
    """
    check_login(login)
    check_post(post)
    staff = Staff(runtime.ids.new(0), login, post.role, post.organisation)
    if not await write_staff(connection, staff, runtime.clock.now()):
        raise Conflict("somebody has or had this login", code="known_login")
    await note_event(connection, runtime, _caller(staff), "opened", post.role.value)
    return staff


async def move_member(
    connection: Connection, runtime: Runtime, identifier: int, post: Post
) -> list[bytes]:
    """Give a member of staff another post and end their sessions; return the hashes of those.

    Raises:
        NotFound: no such member, or closed.
        BadInput: a role where it cannot be.
    """
    check_post(post)
    before = await _find(connection, identifier)
    await move_staff(connection, Staff(before.id, before.login, post.role, post.organisation))
    ended = await end_delegations_of(connection, runtime, before.id)
    ended += await end_all_sessions(connection, runtime, _caller(before))
    await note_event(connection, runtime, _caller(before), "moved", post.role.value)
    return ended


async def close_member(connection: Connection, runtime: Runtime, identifier: int) -> list[bytes]:
    """Close a member of staff: sessions and passkeys end. Return the hashes of the sessions.

    Raises:
        NotFound: no such member, or closed before.
    """
    staff = await _find(connection, identifier)
    at = runtime.clock.now()
    await close_staff(connection, staff.id, at)
    await passkeys.end_all(connection, 0, staff.id, at)
    ended = await end_delegations_of(connection, runtime, staff.id)
    ended += await end_all_sessions(connection, runtime, _caller(staff))
    await note_event(connection, runtime, _caller(staff), "closed", "")
    return ended


async def find_by_login(connection: Connection, login: str) -> Staff:
    """Return the member of staff with this login. Raises NotFound."""
    staff = await find_staff_by_login(connection, login)
    if staff is None:
        raise NotFound("there is no such member of staff")
    return staff


async def _find(connection: Connection, identifier: int) -> Staff:
    # Whoever signs them in meanwhile is waited for, so that their token is among those that end.
    staff = await find_staff(connection, identifier, Hold.ALONE)
    if staff is None:
        raise NotFound("there is no such member of staff")
    return staff


def _caller(staff: Staff) -> Caller:
    return Caller(staff.role, staff.id, staff.organisation, 0)
