"""Synthetic persons, their inbox, demo staff: these routes are registered in demo mode only."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter

from tongtu.channels.rest.auth import PUBLIC
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.sign_in import SignedIn, show_token
from tongtu.identity.api import (
    DEMO_LOGIN,
    RESERVED_REGION,
    Caller,
    Staff,
    find_staff_by_login,
    issue_token,
    list_staff,
    new_demo_person,
)
from tongtu.kernel.errors import NotFound
from tongtu.notice.api import read_inbox


class PersonMade(msgspec.Struct, frozen=True):
    """A synthetic identity to apply with; no person can have it."""

    phone: str
    name: str
    resident_id: str
    is_synthetic: bool
    reserved_region: str


class MessageShown(msgspec.Struct, frozen=True):
    """One message in the demo's inbox."""

    at: datetime
    text: str
    code: str | None


class Inbox(msgspec.Struct, frozen=True):
    """What was sent to one synthetic phone, newest first."""

    messages: list[MessageShown]


class StaffShown(msgspec.Struct, frozen=True):
    """A member of the demo's staff; `organisation`: a lender's or merchant's number, a branch's."""

    login: str
    role: str
    organisation: int


class StaffListed(msgspec.Struct, frozen=True):
    """The demo's staff by login."""

    items: list[StaffShown]


class StaffNamed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """As whom somebody wants to look around."""

    login: Annotated[str, msgspec.Meta(pattern=r"^demo-[a-z0-9_]{1,60}$")]


@post("/v1/demo/persons", status_code=201, opt=PUBLIC)
async def make_person(parts: GivenParts) -> PersonMade:
    """Make a synthetic identity; nothing is stored until it signs in."""
    person = await new_demo_person(parts.runtime)
    return PersonMade(person.phone, person.name, person.resident_id, True, RESERVED_REGION)


@get("/v1/demo/inbox", opt=PUBLIC)
async def find_inbox(
    parts: GivenParts, phone: Annotated[str, QueryParameter(min_length=11, max_length=16)]
) -> Inbox:
    """Read the inbox of a synthetic phone; it stands in for a handset."""
    if not parts.runtime.settings.demo:
        raise NotFound("there is no such thing")
    async with parts.runtime.database.reading() as connection:
        messages = await read_inbox(connection, parts.runtime, phone)
    return Inbox([MessageShown(m.at, m.text, m.code) for m in messages])


@get("/v1/demo/staff", opt=PUBLIC)
async def find_demo_staff(parts: GivenParts, request: Request[Any, Any, Any]) -> StaffListed:
    """List whom a visitor of this machine may look around as."""
    _check_at_home(parts, request)
    async with parts.runtime.database.reading() as connection:
        found = await list_staff(connection, DEMO_LOGIN)
    return StaffListed([StaffShown(one.login, one.role.value, one.organisation) for one in found])


@post(
    "/v1/demo/staff-sessions",
    status_code=201,
    opt=PUBLIC,
    dto=StrictBody[StaffNamed],
    return_dto=None,
)
async def enter_as_staff(
    data: JSONBody[StaffNamed], parts: GivenParts, request: Request[Any, Any, Any]
) -> SignedIn:
    """Sign in as a member of the demo's staff, without a password; in the demo, at home only."""
    _check_at_home(parts, request)
    async with parts.runtime.database.reading() as connection:
        staff = await find_staff_by_login(connection, data.login)
    if staff is None:
        raise NotFound("there is no such member of the demo's staff")
    return show_token(parts, await issue_token(parts.runtime, _caller(staff)))


_SPEAKS_FOR = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def _check_at_home(parts: Parts, request: Request[Any, Any, Any]) -> None:
    """Refuse whoever is not on the machine that runs the demo, as if there were nothing here."""
    host = request.client.host if request.client else ""
    try:
        is_at_home = ip_address(host).is_loopback
    except ValueError:
        is_at_home = False
    # A proxy on this machine is at home; whom it speaks for is not.
    is_at_home = is_at_home and not any(name in request.headers for name in _SPEAKS_FOR)
    if not (parts.runtime.settings.demo and is_at_home):
        raise NotFound("there is no such thing")


def _caller(staff: Staff) -> Caller:
    return Caller(staff.role, staff.id, staff.organisation, 0)


ROUTES = (make_person, find_inbox, find_demo_staff, enter_as_staff)
