"""The desk: cases that wait for a person, decided by one, or by two where the desk wants it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.proposals import act_once
from tongtu.identity.api import Role, VaultKind, note_tie
from tongtu.journey.api import Opinion, allow_ruling, ask_for_documents, list_reviews, rule_review
from tongtu.origination.api import CODES_MAX, Looked, Said
from tongtu.runtime.api import Connection

PATH = "/v1/reviews"
Code = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{1,39}$")]
Codes = Annotated[list[Code], msgspec.Meta(min_length=1, max_length=CODES_MAX)]
Queue = Annotated[
    Literal["rules", "asked", "links", "documents"],
    QueryParameter(
        description="rules: the machine left it open; asked: a declined person asked;"
        " links: offers held, since links or lists came to light;"
        " documents: what was asked for is not in, and its day is not over"
    ),
]
_STAFF = (Role.CLERK, Role.OPERATOR)


class OpinionGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Approve on grounds of the desk, or decline for reasons of the policy pack."""

    said: Literal["approve", "decline"]
    codes: Codes


class DocumentsWanted(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which documents the person is asked for."""

    documents: Codes


class TieNamed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the caller or their family has; only a keyed hash is kept."""

    kind: Literal["phone", "resident_id", "address", "card"]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class ReviewShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case that waits, with what the machine said of it."""

    application: str
    party: str
    product: str
    amount_minor: int
    tenor_months: int
    submitted_at: dt.datetime
    since: dt.datetime
    answer_by: dt.date | None
    decision: str
    outcome: str
    points: int
    band: int
    reasons: list[str]
    documents: list[str]
    documents_missing: list[str]
    documents_by: dt.date | None  # the day by which they were asked for


class ReviewsShown(msgspec.Struct, frozen=True):
    """A page of a queue, oldest first."""

    items: list[ReviewShown]
    next: str | None


class CodeShown(msgspec.Struct, frozen=True):
    """A code in words."""

    code: str
    text_zh: str
    text_en: str


class DeskShown(msgspec.Struct, frozen=True):
    """What the desk decides by. Money in fen."""

    second_from_minor: int
    grounds: list[CodeShown]
    reasons: list[CodeShown]
    documents: list[CodeShown]


class ReviewRuled(msgspec.Struct, frozen=True):
    """Where the case stands; `approval` waits for a second person, and then nothing is decided."""

    step: str
    decision: str | None
    approval: str | None


class DocumentsAsked(msgspec.Struct, frozen=True):
    """What the person was asked for, and by which day."""

    step: str
    documents: list[str]
    answer_by: dt.date | None = None  # a request stored before this was told has none


class TieNoted(msgspec.Struct, frozen=True):
    """Of which kind."""

    kind: str


@get(PATH, opt=allow(*_STAFF, Role.ANALYST, Role.REGULATOR))
async def list_waiting_reviews(
    parts: GivenParts, queue: Queue = "rules", limit: Limit = LIMIT, after: After = AFTER
) -> ReviewsShown:
    """Return what waits for a person, oldest first."""
    start = read_after(parts, "application", after)
    found = await list_reviews(parts, queue, start, limit + 1)
    items = [_shown(parts, one) for one in found[:limit]]
    return ReviewsShown(items, items[-1].application if len(found) > limit else None)


@get(f"{PATH}/desk", opt=allow(*_STAFF, Role.ANALYST, Role.REGULATOR))
async def show_desk(parts: GivenParts) -> DeskShown:
    """Return the codes and the line that the desk decides by."""
    desk, pack = parts.desk, parts.pack
    return DeskShown(
        desk.second_from_minor,
        [CodeShown(code, one.zh, one.en) for code, one in desk.grounds.items()],
        [
            CodeShown(code, pack.reason(code, "zh"), pack.reason(code, "en"))
            for code in sorted(pack.reason_codes)
        ],
        [CodeShown(code, one.zh, one.en) for code, one in desk.documents.items()],
    )


@post(
    f"{PATH}/{{application:str}}/ruling",
    status_code=200,
    opt=allow_write(*_STAFF),
    dto=StrictBody[OpinionGiven],
    return_dto=None,
)
async def rule_one_review(
    application: FromPath[str],
    data: JSONBody[OpinionGiven],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ReviewRuled:
    """Decide a case: never past the law, a list of fraud or a lender's no."""
    identifier = read_id(parts, "application", application)
    opinion = Opinion(identifier, Said(data.said), data.codes)
    return stored(await rule_review(parts, caller, opinion, command), ReviewRuled)


@post(
    f"{PATH}/{{application:str}}/documents",
    status_code=200,
    opt=allow_write(*_STAFF),
    dto=StrictBody[DocumentsWanted],
    return_dto=None,
)
async def ask_documents_of_review(
    application: FromPath[str],
    data: JSONBody[DocumentsWanted],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> DocumentsAsked:
    """Ask the person for documents; the case waits for them, at most until their day is over."""
    asked = (read_id(parts, "application", application), data.documents)
    return stored(await ask_for_documents(parts, caller, asked, command), DocumentsAsked)


@post(
    "/v1/operations/rulings/{approval:str}/approval",
    status_code=200,
    opt=allow_write(Role.OPERATOR, Role.ANALYST),
)
async def allow_one_ruling(
    approval: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ReviewRuled:
    """Allow an approval somebody else proposed: the case goes on with offers."""
    identifier = read_id(parts, "approval", approval)
    return stored(await allow_ruling(parts, caller, identifier, command), ReviewRuled)


@post(
    f"{PATH}/ties",
    status_code=201,
    opt=allow_write(*_STAFF, Role.ANALYST),
    dto=StrictBody[TieNamed],
    return_dto=None,
)
async def name_one_tie(
    data: JSONBody[TieNamed], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> TieNoted:
    """Name what the caller or their family has, so that they decide about none of them."""

    async def act(connection: Connection) -> TieNoted:
        await note_tie(connection, parts.runtime, caller, (VaultKind(data.kind), data.value))
        return TieNoted(data.kind)

    return await act_once(parts, (caller, command), "note_tie", TieNoted, act)


def _shown(parts: Parts, looked: Looked) -> ReviewShown:
    waits, answer, show = looked.waits, looked.answer, parts.runtime.public.show
    asked = looked.request
    told: list[dict[str, Any]] = answer["reasons"]
    return ReviewShown(
        application=show("application", waits.application),
        party=show("party", waits.party),
        product=waits.product,
        amount_minor=waits.amount_minor,
        tenor_months=waits.tenor_months,
        submitted_at=waits.submitted_at,
        since=waits.since,
        answer_by=waits.answer_by,
        decision=show("decision", waits.decision),
        outcome=waits.outcome.value,
        points=answer["score"]["points"],
        band=answer["score"]["band"],
        reasons=list(waits.reasons) or [one["code"] for one in told],
        documents=list(asked.documents) if asked else [],
        documents_missing=list(asked.missing) if asked else [],
        documents_by=asked.answer_by if asked else None,
    )


ROUTES = (
    list_waiting_reviews,
    show_desk,
    rule_one_review,
    ask_documents_of_review,
    allow_one_ruling,
    name_one_tie,
)
