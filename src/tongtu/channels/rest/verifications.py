"""A person shows that they are who they say: a case, the ways it goes, its end."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.identity.api import Role
from tongtu.journey.api import (
    AskingWish,
    ask_register,
    conclude_verification,
    look_at_verification,
    open_verification,
)
from tongtu.verification.api import Channel, Service, Stated

PATH = "/v1/verifications"
_ONE = f"{PATH}/{{verification:str}}"


class CaseAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a person states when they begin; the law asks for it."""

    channel: Literal["web", "phone", "branch"]
    is_student: bool
    has_source_of_funds: bool


class RegisterAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which check is wanted; four elements want the person's own bank card."""

    service: Literal["three_elements", "four_elements", "video"]
    card_number: Annotated[str, msgspec.Meta(min_length=12, max_length=40)] | None = None


class WayDone(msgspec.Struct, frozen=True):
    """A way that was gone; false: it found nothing, and may be gone again."""

    way: str
    is_done: bool
    at: dt.datetime


class VerificationShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case: where it stands, how surely the person is known, which ways there are."""

    verification: str
    state: str
    level: int
    channel: str
    expires_at: dt.datetime
    ways: list[str]
    done: list[WayDone]


@post(
    PATH,
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[CaseAsked],
    return_dto=None,
)
async def begin(
    data: JSONBody[CaseAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> VerificationShown:
    """Open a case, or find the one that is open."""
    stated = Stated(Channel(data.channel), data.is_student, data.has_source_of_funds)
    return stored(await open_verification(parts, caller, stated, command), VerificationShown)


@get(_ONE, opt=allow(Role.BORROWER))
async def look(
    verification: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> VerificationShown:
    """Return one's own case."""
    case = read_id(parts, "verification", verification)
    return stored(await look_at_verification(parts, caller, case), VerificationShown)


@post(
    f"{_ONE}/register-checks",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[RegisterAsked],
    return_dto=None,
)
async def ask(
    verification: FromPath[str],
    data: JSONBody[RegisterAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> VerificationShown:
    """Have a licensed verifier compare one's own elements; a card's number is kept nowhere."""
    case = read_id(parts, "verification", verification)
    wish = AskingWish(case, Service(data.service), data.card_number)
    return stored(await ask_register(parts, caller, wish, command), VerificationShown)


@post(f"{_ONE}/conclusion", status_code=200, opt=allow_write(Role.BORROWER))
async def end(
    verification: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> VerificationShown:
    """End the case by what was found."""
    case = read_id(parts, "verification", verification)
    return stored(await conclude_verification(parts, caller, case, command), VerificationShown)


ROUTES = (begin, look, ask, end)
