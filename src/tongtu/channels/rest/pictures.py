"""A card and a face are shown: raw bytes of a side, or the frames that answer a challenge."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import FILES, allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.headers import header
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.verifications import PATH, VerificationShown
from tongtu.identity.api import Role
from tongtu.journey.api import (
    CardSide,
    Frames,
    begin_challenge,
    check_own_case,
    read_card,
    show_card,
    show_face,
)
from tongtu.kernel.errors import BadInput, NotFound

_ONE = f"{PATH}/{{verification:str}}"
_SIDES = ("id_front", "id_back")
PICTURES = ("image/jpeg", "image/png")
GivenSide: TypeAlias = NamedDependency[CardSide]


class CardRead(msgspec.Struct, frozen=True):
    """What a picture of one's own card says; what was not surely read is absent."""

    name: str | None = None
    number: str | None = None
    sex: str | None = None
    nation: str | None = None
    born_on: dt.date | None = None
    address: str | None = None
    issuer: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    is_long_term: bool | None = None


class ChallengeShown(msgspec.Struct, frozen=True):
    """What is to be done before the camera: a frame an action, within the time."""

    challenge: str
    actions: list[str]
    expires_at: dt.datetime


class FaceShown(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The frames of an answered challenge, in order, as base64 of JPEG or PNG."""

    challenge: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]
    frames: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=2_800_000)]],
        msgspec.Meta(min_length=1, max_length=8),
    ]


async def provide_side(
    side: FromPath[str], request: Request[Any, Any, Any], parts: GivenParts
) -> CardSide:
    """Give the route what came: which side, of which case, declared as what."""
    if side not in _SIDES:
        raise NotFound("a card has a front and a back")
    named = request.path_params.get("verification")
    case = 0 if named is None else read_id(parts, "verification", str(named))
    declared = (header(request.scope["headers"], b"content-type") or b"").decode("latin-1")
    return CardSide(case, side, declared, await request.body())


@post(
    "/v1/me/card-readings/{side:str}",
    status_code=200,
    opt=allow(Role.BORROWER) | {FILES: PICTURES},
    dependencies={"given": Provide(provide_side)},
)
async def read(given: GivenSide, parts: GivenParts, caller: GivenCaller) -> CardRead:
    """Read a side of one's own card, so that nothing need be typed; nothing of it is kept."""
    return stored(await read_card(parts, caller, given.kind, given.content), CardRead)


@post(
    f"{_ONE}/cards/{{side:str}}",
    status_code=201,
    opt=allow_write(Role.BORROWER) | {FILES: PICTURES},
    dependencies={"given": Provide(provide_side)},
)
async def show(
    given: GivenSide, parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> VerificationShown:
    """Show a side of one's card: it is sealed, and held against who one stated to be."""
    return stored(await show_card(parts, caller, given, command), VerificationShown)


@post(f"{_ONE}/challenge", status_code=201, opt=allow_write(Role.BORROWER))
async def challenge(
    verification: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ChallengeShown:
    """Ask what to do before the camera; an earlier challenge is over."""
    case = read_id(parts, "verification", verification)
    return stored(await begin_challenge(parts, caller, case, command), ChallengeShown)


@post(
    f"{_ONE}/face",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[FaceShown],
    return_dto=None,
)
async def face(
    verification: FromPath[str],
    data: JSONBody[FaceShown],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> VerificationShown:
    """Answer the challenge; of a face that fits nothing is kept."""
    case = read_id(parts, "verification", verification)
    await check_own_case(parts, caller, case)  # before a word about the frames
    frames = Frames(case, data.challenge, [_decoded(one) for one in data.frames])
    return stored(await show_face(parts, caller, frames, command), VerificationShown)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("a frame is base64", fields={"frames": "base64"}) from None


ROUTES = (read, show, challenge, face)
