"""The desk of verification: cases that wait, their pictures, a person's word; branch and codes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from tongtu.access.api import shipped_permissions
from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.looking import watch
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.verifications import PATH, VerificationShown
from tongtu.identity.api import ENDINGS, Role
from tongtu.journey.api import (
    IdentityOpinion,
    Waiting,
    ask_operator,
    confirm_at_branch,
    list_waiting_cases,
    make_resume_code,
    read_picture,
    resume_verification,
    rule_verification,
    take_verification,
)
from tongtu.verification.api import Channel, Way

QUEUE = "/v1/reviews/verifications"
_STAFF = (Role.CLERK, Role.OPERATOR)
_NEXT = ("POST", f"{PATH}/{{verification}}/branch")


class ElementShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a way found, as the desk sees it."""

    way: str
    outcome: str
    provider: str
    is_certified: bool
    detail: list[str]
    distance_ppm: int | None
    at: dt.datetime


class PictureShown(msgspec.Struct, frozen=True):
    """A picture of a case, without content."""

    document: str
    kind: str
    is_erased: bool


class WaitingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case that waits for a person."""

    verification: str
    party: str
    channel: str
    reasons: list[str]
    risk_level: int
    is_taken: bool
    opened_at: dt.datetime
    elements: list[ElementShown]
    pictures: list[PictureShown]


class QueueShown(msgspec.Struct, frozen=True):
    """A page of cases, oldest first."""

    items: list[WaitingShown]
    next: str | None


# Words of a closed list: what is said of a person in words of one's own has no place in a case.
Ground = Literal[
    "card_compared", "face_compared", "person_reached", "person_not_reached", "other_person",
    "card_not_genuine", "nothing_clear",
]  # fmt: skip


class OpinionGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a person says: pass with what they vouch for, or refuse; and on which ground."""

    said: Literal["pass", "refuse"]
    vouches: Annotated[
        list[Literal["face", "document", "card_back", "phone"]], msgspec.Meta(max_length=4)
    ]
    why: Ground


class CaseTold(msgspec.Struct, frozen=True):
    """Where a case stands."""

    verification: str
    state: str
    level: int


class BranchSeen(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Person and card were seen; whether two prints matched on the branch's device, if asked."""

    prints_match: bool | None


class CodeWanted(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the case is to go on."""

    channel: Literal["web", "phone", "branch"]


class CodeShown(msgspec.Struct, frozen=True):
    """A code that is good once: as text, and as a picture to scan."""

    code: str
    channel: str
    expires_at: dt.datetime
    qr_svg: str


class CodeGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The code somebody came with."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class DeviceToken(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the operator gave the device that asks."""

    device_token: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._-]{1,512}$")]


@get(QUEUE, opt=allow(*_STAFF))
async def list_queue(parts: GivenParts, after: After = None, limit: Limit = LIMIT) -> QueueShown:
    """Return cases that wait for a person."""
    found = await list_waiting_cases(parts, read_after(parts, "verification", after), limit)
    items = [_shown(parts, one) for one in found]
    return QueueShown(items, items[-1].verification if len(items) == limit else None)


@post(f"{QUEUE}/{{verification:str}}/clerk", status_code=200, opt=allow_write(*_STAFF))
async def take(
    verification: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CaseTold:
    """Become the clerk of a case."""
    case = read_id(parts, "verification", verification)
    return stored(await take_verification(parts, caller, case, command), CaseTold)


@get(f"{QUEUE}/{{verification:str}}/pictures/{{document:str}}", opt=allow(*_STAFF))
async def picture(
    verification: FromPath[str], document: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> Response[bytes]:
    """Return a picture to the case's clerk, as a download; the look is logged."""
    of = read_id(parts, "verification", verification), read_id(parts, "document", document)
    found, content = await read_picture(parts, caller, of)
    headers = {
        "content-disposition": f'attachment; filename="{document}.{ENDINGS[found.media_type]}"',
        "cache-control": "no-store",
        "content-security-policy": "sandbox",
    }
    return Response(content, media_type=found.media_type, headers=headers)


@post(
    f"{QUEUE}/{{verification:str}}/ruling",
    status_code=200,
    opt=allow_write(*_STAFF),
    dto=StrictBody[OpinionGiven],
    return_dto=None,
)
async def rule(
    verification: FromPath[str],
    data: JSONBody[OpinionGiven],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> CaseTold:
    """Decide a case: never past a register's denial or the law."""
    case = read_id(parts, "verification", verification)
    opinion = IdentityOpinion(case, data.said, [Way(one) for one in data.vouches], data.why)
    return stored(await rule_verification(parts, caller, opinion, command), CaseTold)


@post(
    f"{PATH}/{{verification:str}}/branch",
    status_code=200,
    opt=allow_write(*_STAFF),
    dto=StrictBody[BranchSeen],
    return_dto=None,
)
async def see_at_branch(
    verification: FromPath[str],
    data: JSONBody[BranchSeen],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> CaseTold:
    """Record that person and card were seen at the branch; the person's code led there."""
    told = read_id(parts, "verification", verification), data.prints_match
    return stored(await confirm_at_branch(parts, caller, told, command), CaseTold)


@post(
    f"{PATH}/{{verification:str}}/resume-codes",
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[CodeWanted],
    return_dto=None,
)
async def make_code(
    verification: FromPath[str],
    data: JSONBody[CodeWanted],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> CodeShown:
    """Make the code that moves a case to another channel; an earlier one is over."""
    wish = read_id(parts, "verification", verification), Channel(data.channel)
    return stored(await make_resume_code(parts, caller, wish, command), CodeShown)


@post(
    "/v1/verification-resumptions",
    status_code=200,
    opt=allow_write(Role.BORROWER, *_STAFF),
    dto=StrictBody[CodeGiven],
    return_dto=None,
)
async def resume(
    data: JSONBody[CodeGiven],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
    request: Request[Any, Any, Any],
) -> VerificationShown:
    """Go on with a case by its code: one's own, or at a branch as its clerk."""
    answer = await resume_verification(parts, caller, data.code, command)
    shown = stored(answer, VerificationShown)
    if caller.role is not Role.BORROWER:
        # Whose it is the answer says, not the address: it is a look like that of the next step.
        request.scope["path_params"] = {"verification": shown.verification}
        await watch(request, parts, caller, shipped_permissions()[_NEXT])
    return shown


@post(
    f"{PATH}/{{verification:str}}/phone-checks",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[DeviceToken],
    return_dto=None,
)
async def phone(
    verification: FromPath[str],
    data: JSONBody[DeviceToken],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> VerificationShown:
    """Have the operator say that the number is in this device, and its SIM no fresh one."""
    told = read_id(parts, "verification", verification), data.device_token
    return stored(await ask_operator(parts, caller, told, command), VerificationShown)


def _shown(parts: Parts, waiting: Waiting) -> WaitingShown:
    show, case = parts.runtime.public.show, waiting.case
    return WaitingShown(
        verification=show("verification", case.id),
        party=show("party", case.party),
        channel=case.channel.value,
        reasons=list(case.reasons),
        risk_level=case.risk_level,
        is_taken=case.clerk is not None,
        opened_at=case.opened_at,
        elements=[
            ElementShown(
                way=one.element.way.value,
                outcome=one.element.outcome.value,
                provider=one.element.provider,
                is_certified=one.element.is_certified,
                detail=list(one.element.detail),
                distance_ppm=one.element.distance_ppm,
                at=one.found_at,
            )
            for one in waiting.elements
        ],
        pictures=[
            PictureShown(show("document", one.id), one.kind, one.is_erased)
            for one in waiting.documents
        ],
    )


ROUTES = (
    list_queue,
    take,
    picture,
    rule,
    see_at_branch,
    make_code,
    resume,
    phone,
)
