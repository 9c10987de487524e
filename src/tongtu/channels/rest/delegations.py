"""Posts of staff by two persons; and one member of staff who acts for another until a day."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from tongtu.access.api import (
    Appointment,
    Delegation,
    Post,
    Wish,
    act_for,
    allow_delegation,
    allow_post,
    end_delegation,
    list_delegations,
    propose_delegation,
    propose_post,
)
from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposals import Proposed, act_once, propose_once
from tongtu.channels.rest.sessions import SessionsEnded
from tongtu.channels.rest.sign_in import SignedIn, device_of, show_token
from tongtu.identity.api import Role
from tongtu.kernel.errors import BadInput
from tongtu.runtime.api import Connection

_HOUSE = (Role.CLERK, Role.ANALYST, Role.OPERATOR)
Login = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9._-]{2,39}$")]
StaffRole = Literal["lender", "merchant", "clerk", "analyst", "operator", "regulator"]
Place = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{2,39}$")]


class PostAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who is to have which role where; a team is one of the department's."""

    login: Login
    role: StaffRole
    organisation: Annotated[int, msgspec.Meta(ge=0, le=9_999)]
    department: Place | None = None
    team: Place | None = None


class PostMade(msgspec.Struct, frozen=True):
    """Who has the post now. Who is new cannot sign in before something is handed out to them."""

    staff: str
    login: str
    role: str
    organisation: int
    is_new: bool
    sessions_ended: int


class DelegationAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which colleague is to act for the caller, and until when: 30 days at most."""

    taker: Login
    ends_at: dt.datetime


class DelegationShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts for whom, in which role, until when."""

    delegation: str
    giver: str | None
    taker: str | None
    role: str
    organisation: int
    begins_at: dt.datetime
    ends_at: dt.datetime
    ended_at: dt.datetime | None
    is_mine: bool  # given by the caller, not taken


class DelegationsShown(msgspec.Struct, frozen=True):
    """What the caller gave or took, newest first."""

    items: list[DelegationShown]


@post(
    "/v1/operations/staff",
    status_code=201,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[PostAsked],
    return_dto=None,
)
async def ask_post(
    data: JSONBody[PostAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Proposed:
    """Propose to open a member of staff or to move one; another operator allows it."""
    wish = Appointment(data.login, Post(Role(data.role), data.organisation), _place(parts, data))

    async def propose(connection: Connection) -> Any:
        return await propose_post(connection, parts.runtime, caller, wish)

    return await propose_once(parts, (caller, command), "propose_post", propose)


@post(
    "/v1/operations/staff-posts/{approval:str}/approval",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
)
async def approve_post(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> PostMade:
    """Allow what another operator proposed: the post is theirs from now on."""
    identifier, runtime = read_id(parts, "approval", approval), parts.runtime
    ended: list[bytes] = []

    async def act(connection: Connection) -> PostMade:
        made = await allow_post(connection, runtime, caller, identifier)
        ended.extend(made.ended)
        staff = made.staff
        return PostMade(
            staff=runtime.public.show("staff", staff.id),
            login=staff.login,
            role=staff.role.value,
            organisation=staff.organisation,
            is_new=made.is_new,
            sessions_ended=len(made.ended),
        )

    made = await act_once(parts, (caller, command), "allow_post", PostMade, act)
    _forget(parts, ended)
    return made


@post(
    "/v1/delegations",
    status_code=201,
    opt=allow_write(*_HOUSE),
    dto=StrictBody[DelegationAsked],
    return_dto=None,
)
async def give(
    data: JSONBody[DelegationAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> Proposed:
    """Propose that a colleague acts for the caller; a third person allows it."""
    if data.ends_at.tzinfo is None:
        raise BadInput("an instant has a zone", fields={"ends_at": "without a zone"})
    wish = Wish(data.taker, data.ends_at.astimezone(dt.UTC))

    async def propose(connection: Connection) -> Any:
        return await propose_delegation(connection, parts.runtime, caller, wish)

    return await propose_once(parts, (caller, command), "propose_delegation", propose)


@post(
    "/v1/operations/delegations/{approval:str}/approval",
    status_code=201,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def approve(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> DelegationShown:
    """Allow that one colleague acts for another, as neither of the two; it begins now."""
    identifier = read_id(parts, "approval", approval)

    async def act(connection: Connection) -> DelegationShown:
        made = await allow_delegation(connection, parts.runtime, caller, identifier)
        return _shown(parts, made, (None, None), is_mine=False)

    return await act_once(parts, (caller, command), "allow_delegation", DelegationShown, act)


@get("/v1/delegations", opt=allow(*_HOUSE))
async def list_own(parts: GivenParts, caller: GivenCaller) -> DelegationsShown:
    """Return what the caller gave or took."""
    return DelegationsShown(
        [
            _shown(parts, one, (giver, taker), is_mine=one.giver == caller.subject)
            for one, giver, taker in await list_delegations(parts.runtime, caller)
        ]
    )


@post("/v1/delegations/{delegation:str}/session", status_code=200, opt=allow(*_HOUSE))
async def use(
    delegation: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    request: Request[Any, Any, Any],
) -> SignedIn:
    """Return a token in the giver's role under the caller's own name; it is stored nowhere."""
    identifier = read_id(parts, "delegation", delegation)
    token, _ = await act_for(parts.runtime, caller, identifier, device_of(request))
    return show_token(parts, token)


@delete("/v1/delegations/{delegation:str}", status_code=200, opt=allow_write(*_HOUSE))
async def end(
    delegation: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> SessionsEnded:
    """End what the caller gave or took; the sessions it was used in end with it."""
    identifier, ended = read_id(parts, "delegation", delegation), []

    async def act(connection: Connection) -> SessionsEnded:
        found = await end_delegation(connection, parts.runtime, caller, identifier)
        ended.extend(found)
        return SessionsEnded(len(found))

    told = await act_once(parts, (caller, command), "end_delegation", SessionsEnded, act)
    _forget(parts, ended)
    return told


def _place(parts: Parts, asked: PostAsked) -> tuple[str, str] | None:
    """Return where somebody works. Raises BadInput: no such department, or no such team in it."""
    if asked.department is None and asked.team is None:
        return None
    houses = {one.id: one for one in parts.organisations}
    house = houses.get(asked.department or "")
    if house is None or (asked.team is not None and asked.team not in house.teams):
        raise BadInput("there is no such team", fields={"team": "not of the department"})
    return house.id, asked.team or ""


def _forget(parts: Parts, ended: list[bytes]) -> None:
    for one in ended:
        parts.doorkeeper.forget(one)


def _shown(
    parts: Parts, one: Delegation, logins: tuple[str | None, str | None], *, is_mine: bool
) -> DelegationShown:
    giver, taker = logins
    return DelegationShown(
        delegation=parts.runtime.public.show("delegation", one.id),
        giver=giver,
        taker=taker,
        role=one.role.value,
        organisation=one.organisation,
        begins_at=one.begins_at,
        ends_at=one.ends_at,
        ended_at=one.ended_at,
        is_mine=is_mine,
    )


ROUTES = (ask_post, approve_post, give, approve, list_own, use, end)
