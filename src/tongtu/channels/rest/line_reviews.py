"""Reviews of credit lines: what the rules said, consent to a raise, a person on request."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from tongtu.channels.rest.apply import STATED_MINOR_MAX
from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.facilities import PATH, SHOWN_MAX
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.identity.api import Role
from tongtu.journey.api import (
    Consent,
    accept_raise,
    ask_person_about_line,
    own_facility,
    review_json,
    review_now,
    rule_line_review,
    waiting_line_reviews,
)
from tongtu.servicing.api import reviews_of

_SEES = allow(Role.BORROWER, Role.LENDER, Role.CLERK, Role.OPERATOR, Role.REGULATOR)
_STAFF = (Role.CLERK, Role.OPERATOR)
Minor = Annotated[int, msgspec.Meta(ge=0, le=STATED_MINOR_MAX)]


class ReviewOfLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules said of a line, why, and how far it has come. Money in fen.

    `facts` is what the rules were asked: how loans were paid, the score, what can be borne.
    """

    review: str
    facility: str
    occasion: str
    outcome: str
    state: str
    reason: str
    reason_zh: str
    reason_en: str
    limit_from_minor: int
    limit_to_minor: int
    date: dt.date
    counts_on: dt.date | None
    answer_by: dt.date
    ruling: str | None
    facts: dict[str, int | str | bool]


class LineReviewsShown(msgspec.Struct, frozen=True):
    """Reviews of a line, newest first; of the queue, oldest first."""

    items: list[ReviewOfLine]
    next: str | None = None


class ConsentGiven(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the person earns a month and owes elsewhere now: a raise is weighed by it."""

    income_minor: Minor
    debt_minor: Minor


class RulingOnLine(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whether the change stands."""

    ruling: Literal["upheld", "overturned"]


@get(f"{PATH}/{{facility:str}}/reviews", opt=_SEES)
async def list_line_reviews(
    facility: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> LineReviewsShown:
    """Return what every review of the line said, and what came of it."""
    identifier = read_id(parts, "facility", facility)
    async with parts.runtime.database.reading() as connection:
        row = await own_facility(connection, parts.runtime, caller, identifier)
        found = await reviews_of(connection, row.cell, row.id, SHOWN_MAX)
    shown = [msgspec.convert(review_json(parts, one), ReviewOfLine) for one in found]
    return LineReviewsShown(shown)


@post(
    "/v1/line-reviews/{review:str}/consent",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[ConsentGiven],
    return_dto=None,
)
async def consent_to_raise(
    review: FromPath[str],
    data: JSONBody[ConsentGiven],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ReviewOfLine:
    """Agree to the offered limit; without this no limit ever rises by itself."""
    number = read_id(parts, "line_review", review)
    consent = Consent(number, data.income_minor, data.debt_minor)
    return stored(await accept_raise(parts, caller, consent, command), ReviewOfLine)


@post(
    "/v1/line-reviews/{review:str}/person",
    status_code=200,
    opt=allow_write(Role.BORROWER),
)
async def ask_person_about_review(
    review: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ReviewOfLine:
    """Ask for a person to look: what does not count yet waits for them."""
    number = read_id(parts, "line_review", review)
    return stored(await ask_person_about_line(parts, caller, number, command), ReviewOfLine)


@post(
    "/v1/operations/facilities/{facility:str}/reviews",
    status_code=201,
    opt=allow_write(*_STAFF),
)
async def review_line_now(
    facility: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ReviewOfLine:
    """Have the rules look at a line now."""
    identifier = read_id(parts, "facility", facility)
    return stored(await review_now(parts, caller, identifier, command), ReviewOfLine)


@get("/v1/operations/line-reviews", opt=allow(*_STAFF, Role.REGULATOR))
async def list_waiting_line_reviews(
    parts: GivenParts, after: After = AFTER, limit: Limit = LIMIT
) -> LineReviewsShown:
    """Return reviews of lines that wait for a person, oldest first."""
    found = await waiting_line_reviews(parts, read_after(parts, "line_review", after), limit)
    shown = [msgspec.convert(review_json(parts, one), ReviewOfLine) for one in found]
    return LineReviewsShown(shown, shown[-1].review if len(shown) == limit else None)


@post(
    "/v1/operations/line-reviews/{review:str}/ruling",
    status_code=200,
    opt=allow_write(*_STAFF),
    dto=StrictBody[RulingOnLine],
    return_dto=None,
)
async def rule_review_of_line(
    review: FromPath[str],
    data: JSONBody[RulingOnLine],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> ReviewOfLine:
    """Uphold the change or overturn it; nobody rules about themselves or their family."""
    ruling = read_id(parts, "line_review", review), data.ruling == "upheld"
    return stored(await rule_line_review(parts, caller, ruling, command), ReviewOfLine)


ROUTES = (
    list_line_reviews,
    consent_to_raise,
    ask_person_about_review,
    review_line_now,
    list_waiting_line_reviews,
    rule_review_of_line,
)
