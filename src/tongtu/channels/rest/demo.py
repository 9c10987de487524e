"""POST /v1/demo/persons, GET /v1/demo/inbox: these routes are registered in demo mode only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from tongtu.channels.rest.auth import PUBLIC
from tongtu.channels.rest.given import GivenParts
from tongtu.identity.api import RESERVED_REGION, new_demo_person
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


ROUTES = (make_person, find_inbox)
