"""From offers to one accepted offer; from a refusal to a person; from a day's end to expired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import msgspec

from tongtu.evidence.api import Entry, append, commitment
from tongtu.funding.api import AskState, Book, Request, remote_of_application
from tongtu.identity.api import Caller, CommandKey, once
from tongtu.journey.case import move_on, step_of
from tongtu.journey.needs import Deciding, UnderLaw
from tongtu.journey.purchase import check_purchase
from tongtu.journey.steps import PROCESS_VERSION, Event, Step
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Conflict, NotReady
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId, OfferId, ProgramId, id_shard
from tongtu.origination import api as origination
from tongtu.runtime.api import Connection, Runtime, publish
from tongtu.runtime.api import Event as Happened

ACCEPTED = "origination.offer_accepted"
REVIEW_REQUESTED = "origination.review_requested"
SALT_BYTES = 16
# Working days until a person has looked again: a parameter of the pack.
REVIEW_DAYS = "human_review_days"
# What whoever is refused may do next.
CHOOSE_ANOTHER = "choose_another"
# Remote lenders' requests about a decision, each with the terms it offered.
Came = Sequence[tuple[Request, dict[str, int] | None]]
# Enough of each offer to see that it is another one; the whole list is the application's own.
_TOLD_OF_OFFER = ("n", "lender", "amount_minor", "tenor_months", "total_minor", "irr12_percent")


class Platform(Deciding, UnderLaw, Protocol):
    """What accepting needs of the running platform."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An offer by its number, and by which decision's list; None: whoever asks does not say."""

    n: int
    decision: int | None = None


async def accept(
    platform: Platform, caller: Caller, application: int, chosen: Chosen, key: CommandKey
) -> bytes:
    """Take an offer of the caller's own application; return {"offer", "step"} as JSON.

    One commit: acceptance, exposure, budget, the lender's promise, step, event, leaf, command.

    Raises:
        NotFound: no such application of the caller's.
        Conflict: expired, taken already, no such offer; `list_changed`, with the list that counts
            in its fields; `offer_gone`, with those that can still be taken in its fields;
            `held_for_review`: links or lists stand against it since the offers were made, and the
            case now waits for a person.
        Refused: the limit of what one person may owe; a joint loan for a merchant's goods.
    """
    runtime, lane = platform.runtime, platform.decisions
    if lane is None:
        raise NotReady("offers can be accepted again in a moment", retry_after_s=5)
    if reasons := lane.held_by(caller.cell, application, runtime.clock.now()):
        await _hold(runtime, caller, application, reasons)
    shard = id_shard(application)

    async def effect(connection: Connection) -> bytes:
        at = runtime.clock.now()
        wish = origination.Accepting(
            application=ApplicationId(application),
            n=chosen.n,
            decision=None if chosen.decision is None else DecisionId(chosen.decision),
            offer=OfferId(runtime.ids.new(shard)),
            commitment=runtime.ids.new(shard),
            salt=runtime.entropy.bytes(SALT_BYTES),
            at=at,
            zone=runtime.settings.zone,
        )
        taken = await origination.accept(connection, lane.versions, caller, wish)
        await check_purchase(connection, caller.cell, application)
        step = await move_on(connection, runtime, application, Event.OFFER_ACCEPTED)
        told = {
            "offer": taken.id,
            "application": taken.application,
            "party": taken.party,
            "lender": taken.offer.lender,
            "program": taken.offer.program,
            "amount_minor": taken.offer.amount_minor,
        }
        await publish(connection, Happened(caller.cell, taken.id, ACCEPTED, told, at))
        payload = origination.acceptance_payload(taken)
        leaf = Entry("acceptance", taken.id, commitment(taken.salt, payload))
        await append(connection, caller.cell, taken.id, [leaf], at)
        shown = runtime.public.show("offer", taken.id)
        return msgspec.json.encode({"offer": shown, "step": step.value})

    try:
        return await once(runtime, caller, "accept", key, effect)
    except Conflict as conflict:
        if conflict.code not in (origination.LIST_CHANGED, origination.OFFER_GONE):
            raise
        fields = await _list_now(runtime, lane.engine.book, caller, application)
        raise Conflict(conflict.detail, code=conflict.code, fields=fields) from None


async def _list_now(
    runtime: Runtime, book: Book, caller: Caller, application: int
) -> dict[str, str]:
    """Return what can be taken now, as the fields of a refusal: decision, offers, what to do."""
    async with runtime.database.reading() as connection:
        view = await origination.find_application(connection, caller, application)
        of = view.application, view.decision
        remote = await remote_of_application(connection, caller.cell, of)
        gone = await gone_offers(connection, runtime, view, remote)
    answer = msgspec.json.decode(view.answer, type=dict[str, Any])
    came = [_remote(book, n, terms) for n, _, terms in _standing(remote)]
    offers = sorted(
        [one for one in (*answer["offers"], *came) if one["n"] not in gone],
        key=lambda one: (one["amount_minor"] != view.amount_minor, one["cost_minor"], one["n"]),
    )
    told = [{name: one[name] for name in _TOLD_OF_OFFER} for one in offers]
    return {
        "decision": answer["decision"],
        "offers": msgspec.json.encode(told).decode(),
        "next": CHOOSE_ANOTHER,
    }


async def gone_offers(
    connection: Connection, runtime: Runtime, view: origination.ApplicationView, remote: Came
) -> tuple[int, ...]:
    """Return the numbers of offers, remote ones too, whose lender lent its money to others.

    None of a case whose offers are not open.
    """
    if await step_of(connection, runtime, view.application) is not Step.OFFERS:
        return ()
    beside = [(n, program, terms["amount_minor"]) for n, program, terms in _standing(remote)]
    cell = runtime.cell(view.application)
    return await origination.gone_offers(connection, cell, view, beside)


def _standing(remote: Came) -> list[tuple[int, ProgramId, dict[str, int]]]:
    return [
        (request.n, request.program, terms)
        for request, terms in remote
        if terms is not None and request.state is AskState.OFFERED
    ]


def _remote(book: Book, n: int, terms: dict[str, int]) -> dict[str, Any]:
    """Return a remote lender's offer as the decision tells its own."""
    one = book.lender(LenderId(terms["lender"]))
    face = {"id": one.id, "name_zh": one.zh, "name_en": one.en, "kind": one.kind.value}
    yearly = origination.percent_of_ppm(terms["irr12_ppm"])
    return {**terms, "n": n, "lender": face, "irr12_percent": yearly}


async def _hold(runtime: Runtime, caller: Caller, application: int, reasons: Sequence[str]) -> None:
    """Send a case with open offers to a person, and tell the caller so.

    A case that stands elsewhere is left to what the acceptance itself finds; one a person approved
    having seen all of it goes on.
    """
    async with runtime.database.transaction() as connection:
        await origination.find_application(connection, caller, application)
        step = await step_of(connection, runtime, application)
        if step not in (Step.OFFERS, Step.REVIEW):
            return
        if await origination.is_cleared(connection, caller.cell, application, reasons):
            return
        if step is Step.OFFERS:
            at = runtime.clock.now()
            await origination.hold_offers(connection, caller, application, (reasons, at))
            await move_on(connection, runtime, application, Event.SENT_TO_REVIEW)
            event_id = runtime.ids.new(id_shard(application))
            told = {"application": application, "party": caller.subject}
            await publish(connection, Happened(caller.cell, event_id, REVIEW_REQUESTED, told, at))
    raise Conflict("a person looks at this application first", code="held_for_review")


async def ask_person(
    platform: Platform, caller: Caller, application: int, key: CommandKey
) -> bytes:
    """Send a declined application of the caller's own to a person; return {"step", "answer_by"}.

    The day of the answer is that many working days off as the pack gives (PRIV-03).

    Raises:
        NotFound: no such application of the caller's.
        Conflict: it was not declined, or a person was asked for already.
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        at = runtime.clock.now()
        today = business_date_of(at, runtime.settings.zone)
        days = int(platform.pack.param(REVIEW_DAYS, today))
        answer_by = platform.pack.working_days_after(today, days)
        await origination.request_review(connection, caller, application, (at, answer_by))
        step = await move_on(connection, runtime, application, Event.SENT_TO_REVIEW)
        event_id = runtime.ids.new(id_shard(application))
        told = {
            "application": application,
            "party": caller.subject,
            "answer_by": answer_by.isoformat(),
        }
        await publish(connection, Happened(caller.cell, event_id, REVIEW_REQUESTED, told, at))
        return msgspec.json.encode({"step": step.value, "answer_by": answer_by})

    return await once(runtime, caller, "ask_person", key, effect)


async def expire_offers(
    connection: Connection, runtime: Runtime, cell: int, business_date: date
) -> int:
    """Let go the day's offers that nobody took; belongs in the transaction that ends the day.

    Safe to repeat. Returns how many applications had open offers.
    """
    to = origination.StepAt(Step.EXPIRED.value, PROCESS_VERSION, runtime.clock.now())
    origin = Step.OFFERS.value
    return await origination.expire_offers(connection, cell, business_date, origin, to)
