"""Applications: apply, list, look, accept an offer. Applying has a faster twin in hot/."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from tongtu.channels.rest.apply import PATH, ApplicationAsked, decide
from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.checkout import GoodsBought, show_goods
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.ids import AFTER, LIMIT, After, Limit, read_after, read_id
from tongtu.channels.rest.parts import Parts
from tongtu.channels.rest.remote_offers import (
    Instant,
    OfferShown,
    PendingShown,
    pending_of,
    still_recommended,
    with_remote,
)
from tongtu.checkout.api import find_purchase
from tongtu.contracts.api import agreement_of_application
from tongtu.funding.api import remote_of_application
from tongtu.identity.api import Role
from tongtu.journey.api import (
    Chosen,
    accept_offer,
    ask_person,
    give_letters,
    gone_offers,
    print_letters,
)
from tongtu.kernel.errors import NotReady
from tongtu.origination.api import (
    ApplicationView,
    find_application,
    find_request,
    list_applications,
)
from tongtu.process.api import find as find_case
from tongtu.process.api import find_many, history
from tongtu.servicing.api import loan_of

Language = Annotated[Literal["zh", "en"], QueryParameter(description="of the document")]


class ScoreShown(msgspec.Struct, frozen=True):
    """The platform's advice to the lenders: points (more is safer) and band 0 to 7."""

    points: int
    band: int


class ReasonShown(msgspec.Struct, frozen=True):
    """Why, in words a person can act on."""

    code: str
    text_zh: str
    text_en: str


class NotOffered(msgspec.Struct, frozen=True):
    """A lender that made no offer, and why."""

    lender: str
    reason_code: str
    text_zh: str
    text_en: str


class DecisionShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided, with reasons and offers."""

    application: str
    decision: str
    outcome: str
    step: str
    decided_at: Instant
    decided_in_us: int
    score: ScoreShown
    reasons: list[ReasonShown]
    offers: list[OfferShown]
    not_offered: list[NotOffered]
    recommended: int | None = None  # the `n` of an offer, where the router is on


class StepShown(msgspec.Struct, frozen=True):
    """One step of the case."""

    step: str
    at: datetime


class ApplicationHead(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list."""

    application: str
    product: str
    amount_minor: int
    tenor_months: int
    outcome: str
    step: str
    business_date: date
    submitted_at: datetime


class ApplicationShown(DecisionShown, frozen=True, kw_only=True):
    """An application with its decision, the steps of its case and what came of it."""

    product: str
    amount_minor: int
    tenor_months: int
    business_date: date
    submitted_at: datetime
    history: list[StepShown]
    pending: list[PendingShown]
    offer: str | None
    agreement: str | None
    loan: str | None
    documents: list[str] = []  # which a person wants to see
    held: list[int] = []  # the `n` of offers whose amount is held for the person
    gone: list[int] = []  # the `n` of offers whose lender has lent the money to others meanwhile
    goods: GoodsBought | None = None  # what is bought with it, and each offer as its buyer bears it


class ApplicationsShown(msgspec.Struct, frozen=True):
    """A page of applications, newest first."""

    items: list[ApplicationHead]
    next: str | None


class AcceptanceAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which of the offers, by its number, of the list that this `decision` made.

    Without it a case that has had two lists is refused: the number could name another offer.
    """

    offer: Annotated[int, msgspec.Meta(ge=1, le=100)]
    decision: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class Accepted(msgspec.Struct, frozen=True):
    """The offer has an id of its own from here on."""

    offer: str
    step: str


class ChangeShown(msgspec.Struct, frozen=True):
    """A field of the application as it was, and as it would have to be."""

    field: str
    now: int
    then: int


class AdviceShown(msgspec.Struct, frozen=True):
    """The smallest change that would have got offers; no changes: none of those allowed does."""

    application: str
    changes: list[ChangeShown]
    offers: int
    total_minor: int | None  # of the cheapest of them


class ReviewAsked(msgspec.Struct, frozen=True):
    """Where the case stands now: with a person, who answers by the end of that day."""

    step: str
    answer_by: date | None = None  # a request stored before this was told has none


@post(
    PATH,
    status_code=201,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[ApplicationAsked],
    return_dto=None,
    responses={201: ResponseSpec(DecisionShown, description="Decided")},
)
async def apply(
    data: JSONBody[ApplicationAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
    request: Request[Any, Any, Any],
) -> Response[bytes]:
    """Apply and get the decision with all offers. The hot door answers this address first."""
    host = request.client.host if request.client else ""
    answer = await decide(parts, caller, command, data, host)
    return Response(answer, media_type="application/json", headers={"cache-control": "no-store"})


@get(PATH, opt=allow(Role.BORROWER))
async def list_own(
    parts: GivenParts, caller: GivenCaller, limit: Limit = LIMIT, after: After = AFTER
) -> ApplicationsShown:
    """Return the caller's applications, newest first."""
    start = read_after(parts, "application", after)
    async with parts.runtime.database.reading() as connection:
        found = await list_applications(connection, caller, start or None, limit + 1)
        shown = found[:limit]
        cases = await find_many(connection, caller.cell, [one.application for one in shown])
    items = [
        _head(parts, view, cases[view.application].step if view.application in cases else "")
        for view in shown
    ]
    return ApplicationsShown(items, items[-1].application if len(found) > limit else None)


@get(f"{PATH}/{{application:str}}", opt=allow(Role.BORROWER))
async def find_own(
    application: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> ApplicationShown:
    """Return an application with its decision, its steps, and the ids of what came of it.

    Offers of lenders that answer later stand among the others, in the order of what they cost, as
    soon as they came; until then such a lender is `pending`.
    """
    runtime, identifier = parts.runtime, read_id(parts, "application", application)
    public = runtime.public
    async with runtime.database.reading() as connection:
        view = await find_application(connection, caller, identifier)
        case = await find_case(connection, caller.cell, identifier)
        steps = await history(connection, caller.cell, identifier)
        agreement = await agreement_of_application(connection, runtime, identifier, view.party)
        loan = await loan_of(connection, caller.cell, identifier)
        request = await find_request(connection, caller.cell, view.application)
        of = view.application, view.decision
        remote = await remote_of_application(connection, caller.cell, of)
        gone = await gone_offers(connection, runtime, view, remote)
        bought = await find_purchase(connection, caller.cell, identifier)
    decided = msgspec.json.decode(view.answer, type=DecisionShown)
    return ApplicationShown(
        application=decided.application,
        decision=decided.decision,
        outcome=decided.outcome,
        step=case.step if case else decided.step,
        decided_at=decided.decided_at,
        decided_in_us=decided.decided_in_us,
        score=decided.score,
        reasons=decided.reasons,
        offers=with_remote(parts.book, decided.offers, remote),
        not_offered=decided.not_offered,
        recommended=still_recommended(decided.offers, remote, decided.recommended),
        product=view.product,
        amount_minor=view.amount_minor,
        tenor_months=view.tenor_months,
        business_date=view.business_date,
        submitted_at=view.submitted_at,
        history=[StepShown(one.step, one.at) for one in steps],
        pending=pending_of(parts, remote),
        offer=public.show("offer", view.accepted_offer) if view.accepted_offer else None,
        agreement=public.show("agreement", agreement.id) if agreement else None,
        loan=public.show("loan", loan) if loan is not None else None,
        documents=list(request.documents) if request else [],
        goods=show_goods(parts, bought, decided.offers),
        held=[n for n, _ in enumerate(view.programs[: view.held], start=1)],
        gone=list(gone),
    )


@get(f"{PATH}/{{application:str}}/advice", opt=allow(Role.BORROWER))
async def advise_own(
    application: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> AdviceShown:
    """Return what would change the answer of a declined application, decided before it is said."""
    runtime, identifier = parts.runtime, read_id(parts, "application", application)
    if parts.decisions is None:
        raise NotReady("advice can be given in a moment", retry_after_s=5)
    async with runtime.database.reading() as connection:
        view = await find_application(connection, caller, identifier)
    found = await parts.decisions.counsel.find_advice(view.decision)
    if found is None:
        return AdviceShown(application, [], 0, None)
    offers = found.decided.offers
    return AdviceShown(
        application,
        [ChangeShown(one.field, one.now, one.then) for one in found.changes],
        len(offers),
        offers[0].total_minor,
    )


@post(
    f"{PATH}/{{application:str}}/acceptance",
    status_code=200,
    opt=allow_write(Role.BORROWER),
    dto=StrictBody[AcceptanceAsked],
    return_dto=None,
)
async def accept(
    application: FromPath[str],
    data: JSONBody[AcceptanceAsked],
    parts: GivenParts,
    caller: GivenCaller,
    command: GivenCommand,
) -> Accepted:
    """Take one offer; it can be done once."""
    identifier = read_id(parts, "application", application)
    decision = None if data.decision is None else read_id(parts, "decision", data.decision)
    chosen = Chosen(data.offer, decision)
    return stored(await accept_offer(parts, caller, identifier, chosen, command), Accepted)


@post(f"{PATH}/{{application:str}}/review", status_code=200, opt=allow_write(Role.BORROWER))
async def request_review(
    application: FromPath[str], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> ReviewAsked:
    """Ask for a person to look at a declined application again."""
    identifier = read_id(parts, "application", application)
    return stored(await ask_person(parts, caller, identifier, command), ReviewAsked)


class LetterShown(msgspec.Struct, frozen=True):
    """A letter the law asks for, in its very words; `due_on` null: a fact is not known yet."""

    letter: str
    language: str
    due_on: date | None
    text: str
    sha256: str


class LettersShown(msgspec.Struct, frozen=True):
    """What the applicant is written about a refusal."""

    items: list[LetterShown]


@get(f"{PATH}/{{application:str}}/letters", opt=allow(Role.BORROWER))
async def read_letters(
    application: FromPath[str], parts: GivenParts, caller: GivenCaller
) -> LettersShown:
    """Return the letters a declined application is owed; that they were given is logged."""
    given = await give_letters(parts, caller, read_id(parts, "application", application))
    return LettersShown(
        [
            LetterShown(one.letter, one.language, one.due_on, one.text, one.sha256.hex())
            for one in given
        ]
    )


@get(f"{PATH}/{{application:str}}/letters/document", opt=allow(Role.BORROWER))
async def read_letters_document(
    application: FromPath[str],
    parts: GivenParts,
    caller: GivenCaller,
    lang: Language = "zh",
) -> Response[bytes]:
    """Return the same letters as a PDF in one language."""
    identifier = read_id(parts, "application", application)
    content = await print_letters(parts, caller, identifier, lang)
    headers = {
        "content-disposition": f'inline; filename="{application}.pdf"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


def _head(parts: Parts, view: ApplicationView, step: str) -> ApplicationHead:
    return ApplicationHead(
        application=parts.runtime.public.show("application", view.application),
        product=view.product,
        amount_minor=view.amount_minor,
        tenor_months=view.tenor_months,
        outcome=view.outcome.value,
        step=step or view.outcome.value,
        business_date=view.business_date,
        submitted_at=view.submitted_at,
    )


ROUTES = (
    apply, list_own, find_own, advise_own, accept, request_review, read_letters,
    read_letters_document,
)  # fmt: skip
