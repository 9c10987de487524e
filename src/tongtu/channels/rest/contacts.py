"""Contacts that collect: an agent asks first, and notes whether the call was taken."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import Contact, contact_borrower, note_answered
from tongtu.notice.api import SCRIPT_MAX, Channel


class ContactAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How, and what would be said; a message's own text is the platform's."""

    channel: Literal["call", "message"]
    script: Annotated[str, msgspec.Meta(max_length=SCRIPT_MAX)] = ""


class ContactLogged(msgspec.Struct, frozen=True):
    """An attempt that may be made, under its number."""

    contact: str


@post(
    "/v1/loans/{loan:str}/contacts",
    status_code=201,
    opt=allow_write(Role.CLERK, Role.OPERATOR),
    dto=StrictBody[ContactAsked],
    return_dto=None,
)
async def ask_contact(
    loan: FromPath[str],
    data: JSONBody[ContactAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ContactLogged:
    """Log an attempt to reach a borrower; refused outside the hours or beyond the day's number."""
    wish = Contact(read_id(parts, "loan", loan), Channel(data.channel), data.script)
    return stored(await contact_borrower(parts, caller, wish, command), ContactLogged)


@post(
    "/v1/loans/{loan:str}/contacts/{contact:str}/answer",
    status_code=201,
    opt=allow_write(Role.CLERK, Role.OPERATOR),
)
async def note_call_answered(
    loan: FromPath[str],
    contact: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ContactLogged:
    """Note that the borrower took a call."""
    call = read_id(parts, "loan", loan), read_id(parts, "notice", contact)
    return stored(await note_answered(parts, caller, call, command), ContactLogged)


ROUTES = (ask_contact, note_call_answered)
