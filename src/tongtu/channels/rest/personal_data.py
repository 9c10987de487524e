"""What is held of a person: shown with the rule that keeps it, exported, put right, erased."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.sign_in import CodeGiven, CodeSent, asker_of, deliver_code
from tongtu.identity.api import (
    PrivacyItem,
    PrivacyRequest,
    Role,
    VaultKind,
    send_new_phone_code,
)
from tongtu.journey.api import (
    HOLDINGS,
    Line,
    Wanted,
    ask_correction,
    erase_person,
    export_person,
    list_waiting_wishes,
    rule_correction,
    show_holdings,
    show_request,
    take_back_correction,
)
from tongtu.kernel.errors import NotReady
from tongtu.policy.api import Retention
from tongtu.runtime.api import Holding

_STAFF = (Role.CLERK, Role.OPERATOR)
_WORDS = {holding.table: holding for holding in HOLDINGS}


class HeldShown(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of record: how many there are, and the law that keeps them from an erasure.

    Kept without `kept_until`: until a contract that runs has ended. `fate` says it in a sentence.
    """

    what: str
    text_zh: str
    text_en: str
    rows: int
    is_kept: bool
    kept_until: dt.date | None
    duty: str | None
    law: str | None
    fate_zh: str
    fate_en: str


class RequestShown(msgspec.Struct, frozen=True, kw_only=True):
    """A request about one's data, with the day by which it is answered."""

    request: str
    kind: str
    state: str
    asked_at: dt.datetime
    answer_by: dt.date
    ended_at: dt.datetime | None
    reason: str | None


class PersonalData(msgspec.Struct, frozen=True):
    """What is held of the caller, and what they asked about it so far."""

    held: list[HeldShown]
    requests: list[RequestShown]


class Erased(msgspec.Struct, frozen=True):
    """What an erasure came to, kind by kind."""

    request: RequestShown
    items: list[HeldShown]


class CorrectionAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A value that is wrong, as it should be, and why."""

    kind: Literal["name", "address", "phone", "resident_id"]
    value: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    why: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
    proof: CodeGiven | None = None  # of a new phone: the code that came to it


class CorrectionTaken(msgspec.Struct, frozen=True):
    """That it was asked for, and by when a person answers."""

    request: str
    answer_by: dt.date


class CorrectionShown(msgspec.Struct, frozen=True):
    """What is to be put right; `before` once it was."""

    kind: str
    wanted: str
    before: str | None
    why: str
    # Of a phone or resident id: not decided before, what the operator told of the SIMs (sim_kept,
    # sim_swapped, sim_unknown), and whether one of two persons has allowed it.
    ready_at: dt.datetime | None
    signal: str | None
    has_first_word: bool


class NewPhone(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The number that the caller wants to have instead."""

    phone: Annotated[str, msgspec.Meta(min_length=11, max_length=16)]


class RequestDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A request whole."""

    request: RequestShown
    party: str
    items: list[HeldShown]
    correction: CorrectionShown | None


class RequestList(msgspec.Struct, frozen=True):
    """What waits for an answer, the most urgent first."""

    items: list[RequestShown]


class Verdict(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whether a value is put right, and why."""

    is_right: bool
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class Decided(msgspec.Struct, frozen=True):
    """What was decided, and which clocks of the law it missed."""

    state: str
    rules_missed: list[str]


@get("/v1/me/personal-data", opt=allow(Role.BORROWER))
async def show(parts: GivenParts, caller: GivenCaller) -> PersonalData:
    """Return what is held of the caller, what an erasure of today would leave, and by which law."""
    found = await show_holdings(parts, caller.subject)
    held = [_planned(line) for line in found.lines]
    return PersonalData(held, [_request(parts, one) for one in found.requests])


@post("/v1/me/personal-data/export", status_code=200, opt=allow_write(Role.BORROWER))
async def export(parts: GivenParts, caller: GivenCaller) -> Response[bytes]:
    """Return everything that is held of the caller as one zip: JSON, a page to read, the papers."""
    if parts.decisions is None:
        raise NotReady("this can be had in a moment", retry_after_s=5)
    request, content = await export_person(parts, parts.decisions.versions, caller, caller.subject)
    name = parts.runtime.public.show("privacy_request", request.id)
    headers = {
        "content-disposition": f'attachment; filename="{name}.zip"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)


@post("/v1/me/personal-data/erasure", status_code=200, opt=allow_write(Role.BORROWER))
async def erase(parts: GivenParts, caller: GivenCaller) -> Erased:
    """Erase what no law keeps; the rest is listed with its law and its day.

    Where no contract runs the account ends and with it this sign-in: the answer is the receipt.
    """
    request, items = await erase_person(parts, caller, caller.subject)
    return Erased(_request(parts, request), [_item(parts, item) for item in items])


@post(
    "/v1/me/personal-data/corrections",
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[CorrectionAsked],
    return_dto=None,
)
async def correct(
    data: JSONBody[CorrectionAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> CorrectionTaken:
    """Ask for a name or an address to be put right; a person decides by the day that is told."""
    proof = None if data.proof is None else (data.proof.challenge, data.proof.code)
    wish = Wanted(VaultKind(data.kind), data.value, data.why, proof)
    return stored(await ask_correction(parts, caller, wish, command), CorrectionTaken)


@post(
    "/v1/me/new-phone/codes",
    status_code=202,
    opt=allow(Role.BORROWER),
    dto=StrictBody[NewPhone],
    return_dto=None,
)
async def send_code_to_new_phone(
    data: JSONBody[NewPhone],
    parts: GivenParts,
    caller: GivenCaller,
    request: Request[Any, Any, Any],
) -> CodeSent:
    """Send a code to a number that the caller wants to have; it proves that and opens nothing."""
    sent = await send_new_phone_code(
        parts.runtime, caller, data.phone, asker_of(request), deliver_code(parts)
    )
    return CodeSent(sent.text, sent.expires_at)


@post(
    "/v1/me/personal-data/corrections/withdrawal",
    status_code=200,
    opt=allow_write(Role.BORROWER),
)
async def take_back(parts: GivenParts, caller: GivenCaller, command: GivenCommand) -> Decided:
    """Take back one's own correction that waits: also one that somebody else asked for."""
    return stored(await take_back_correction(parts.runtime, caller, command), Decided)


@get(
    "/v1/privacy-requests/{privacy_request:str}",
    opt=allow(Role.BORROWER, Role.CLERK, Role.OPERATOR),
)
async def show_one(
    privacy_request: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> RequestDetail:
    """Return a request with what it came to, to its person and to who decides."""
    identifier = read_id(parts, "privacy_request", privacy_request)
    request, items, correction = await show_request(parts.runtime, caller, identifier)
    shown = None
    if correction is not None:
        shown = CorrectionShown(
            correction.kind.value,
            correction.wanted,
            correction.before,
            correction.why,
            correction.ready_at,
            correction.signal,
            correction.has_first_word,
        )
    return RequestDetail(
        request=_request(parts, request),
        party=parts.runtime.public.show("party", request.party),
        items=[_item(parts, item) for item in items],
        correction=shown,
    )


@get("/v1/privacy-requests", opt=allow(*_STAFF))
async def list_waiting(parts: GivenParts) -> RequestList:
    """Return what waits for an answer, by the day it is due; who asked is behind each."""
    found = await list_waiting_wishes(parts.runtime)
    return RequestList([_request(parts, one) for one in found])


@post(
    "/v1/privacy-requests/{privacy_request:str}/decision",
    status_code=200,
    opt=allow_write(*_STAFF),
    dto=StrictBody[Verdict],
    return_dto=None,
)
async def decide(
    privacy_request: FromPath[str],
    data: JSONBody[Verdict],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Decided:
    """Put right what was asked for, or refuse it; who decided, when and why are kept with it."""
    identifier = read_id(parts, "privacy_request", privacy_request)
    said = (data.is_right, data.reason)
    return stored(await rule_correction(parts, caller, identifier, said, command), Decided)


def _request(parts: Parts, one: PrivacyRequest) -> RequestShown:
    return RequestShown(
        request=parts.runtime.public.show("privacy_request", one.id),
        kind=one.kind.value,
        state=one.state,
        asked_at=one.asked_at,
        answer_by=one.answer_by,
        ended_at=one.ended_at,
        reason=one.reason,
    )


def _planned(line: Line) -> HeldShown:
    kept = line.kept
    until = None if kept is None else kept.until
    return _held(line.holding, line.rows, None if kept is None else kept.rule, until)


def _item(parts: Parts, item: PrivacyItem) -> HeldShown:
    rules = {rule.kind: rule for rule in parts.pack.retentions}
    return _held(_WORDS[item.holding], item.rows, rules.get(item.duty or ""), item.kept_until)


def _held(holding: Holding, rows: int, rule: Retention | None, until: dt.date | None) -> HeldShown:
    zh = en = ""
    if rule is not None:
        zh = f"保留到{f' {until}' if until else '结清以后'}。{rule.why.get('zh', '')}"
        en = f"Kept until {until or 'after it is settled'}. {rule.why.get('en', '')}"
    return HeldShown(
        what=holding.table,
        text_zh=holding.zh,
        text_en=holding.en,
        rows=rows,
        is_kept=rule is not None,
        kept_until=until,
        duty=None if rule is None else rule.kind,
        law=None if rule is None else rule.law,
        fate_zh=zh or "删除时立即清除。",
        fate_en=en or "Erased at once when you erase.",
    )


ROUTES = (
    show,
    export,
    erase,
    send_code_to_new_phone,
    correct,
    take_back,
    show_one,
    list_waiting,
    decide,
)
