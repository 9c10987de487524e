"""The desk: persons decide the cases that wait for one, or ask for a document first.

An approval goes the way of the machine's own offers: the same law, prices, lenders and quotas. One
that says otherwise than the machine, or is of a large amount, needs a second person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

import msgspec

from tongtu.identity.api import (
    Approval,
    Caller,
    CommandKey,
    Proposal,
    Role,
    check_untied,
    list_documents,
    once,
    propose,
)
from tongtu.journey.case import move_on, step_of
from tongtu.journey.clock_of_answers import rules_missed
from tongtu.journey.needs import Deciding, UnderLaw
from tongtu.journey.steps import STEP_OF_OUTCOME, Event, Step
from tongtu.journey.two_persons import Deed, do_deed
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotReady, Overloaded
from tongtu.kernel.ids import ApplicationId, id_shard
from tongtu.origination import api as origination
from tongtu.origination.api import CODES_MAX, Desk, Outcome, Raced, RulingWish, Said
from tongtu.runtime.api import Connection, Runtime, business_date, publish
from tongtu.runtime.api import Event as Happened

DEED = Deed("ruling", "rule_review", "allow_ruling")
RULED, DOCUMENTS_ASKED = "origination.ruled", "origination.documents_asked"
DECIDES = frozenset({Role.CLERK, Role.OPERATOR})
# How many working days a person has to upload what they are asked for.
DOCUMENT_DAYS = "document_days"
# Each round sees what the last one missed, as in the decision lane.
ROUNDS_MAX = 4
_OUTCOME_EVENT = {Outcome.OFFERS: Event.OFFERS_MADE, Outcome.DECLINED: Event.DECLINED}


class Platform(Deciding, UnderLaw, Protocol):
    """What the desk needs of the running platform."""

    @property
    def desk(self) -> Desk: ...


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a member of staff says of a case: approve or decline, and why, by codes."""

    application: int
    said: Said
    codes: Sequence[str]


async def list_reviews(
    platform: Platform, queue: str, after: int, limit: int
) -> list[origination.Looked]:
    """Return a page of what waits for a person, oldest first, of all cells.

    Raises NotReady.
    """
    lane, runtime = _lane(platform), platform.runtime
    found: list[origination.Looked] = []
    async with runtime.database.reading() as connection:
        for cell in range(runtime.settings.cells):
            found += await origination.waiting(connection, lane, cell, (queue, after, limit))
    return sorted(found, key=lambda one: one.waits.application)[:limit]


async def rule_review(
    platform: Platform, caller: Caller, opinion: Opinion, key: CommandKey
) -> bytes:
    """Decide a case that waits; return {"step", "decision", "approval"} as JSON.

    Where a second person is needed the case goes on waiting, and the approval is told.

    Raises:
        NotFound: no such application.
        NotAllowed: another role; code `related`: of one's own.
        BadInput: a code that is no ground, or no reason of the pack's.
        Conflict: the case does not wait for a person.
        Refused: `ruling_impossible`: the law, the product or every lender says no.
    """
    runtime, lane = platform.runtime, _lane(platform)
    _check(platform, caller, opinion)

    async def effect(connection: Connection) -> bytes:
        cell = runtime.cell(opinion.application)
        wish = _wish(opinion, caller.subject, None)
        stands, is_override = await origination.weigh(connection, lane, cell, wish)
        await check_untied(connection, runtime, caller, stands.party)
        await _check_waits(connection, runtime, opinion.application)
        desk = platform.desk
        if desk.needs_second(stands.amount_minor, opinion.said, is_override=is_override):
            body = msgspec.json.encode([opinion.said.value, opinion.codes, stands.decision])
            proposal = Proposal(DEED.operation, opinion.application, body)
            approval = await propose(connection, runtime, caller, proposal)
            shown = runtime.public.show("approval", approval.id)
            return msgspec.json.encode(
                {"step": Step.REVIEW.value, "decision": None, "approval": shown}
            )
        return msgspec.json.encode(await _rule(connection, platform, wish))

    return await _through_races(lambda: once(runtime, caller, DEED.proposing, key, effect))


async def allow_ruling(platform: Platform, caller: Caller, approval: int, key: CommandKey) -> bytes:
    """Allow an approval another person proposed; return {"step", "decision", "approval"}.

    Raises:
        NotFound, NotAllowed, Conflict: as any second word; `related`; the case was decided since.
        Refused: as `rule_review`, by now.
    """
    runtime, lane = platform.runtime, _lane(platform)

    async def effect(connection: Connection, allowed: Approval) -> dict[str, Any]:
        said, codes, decision = msgspec.json.decode(
            allowed.body, type=tuple[str, tuple[str, ...], int]
        )
        opinion = Opinion(allowed.subject, Said(said), codes)
        wish = _wish(opinion, allowed.maker, allowed.id)
        cell = runtime.cell(opinion.application)
        stands, _ = await origination.weigh(connection, lane, cell, wish)
        await check_untied(connection, runtime, caller, stands.party)
        await _check_waits(connection, runtime, opinion.application)
        if stands.decision != decision:
            raise Conflict("the case was decided since", code="not_approved")
        return await _rule(connection, platform, wish)

    return await _through_races(lambda: do_deed(runtime, caller, (approval, key), DEED, effect))


async def ask_for_documents(
    platform: Platform, caller: Caller, asked: tuple[int, Sequence[str]], key: CommandKey
) -> bytes:
    """Ask the person for documents; return {"step", "documents", "answer_by"}.

    The case leaves its queue until all are in, or the day by which the pack wants them is over, or
    the law wants the person's own question answered; who asked is its clerk.

    Raises:
        NotFound, NotAllowed, Conflict: as `rule_review`.
        BadInput: a document the desk does not know.
    """
    runtime, lane = platform.runtime, _lane(platform)
    application, documents = asked
    _check_role(caller)
    _check_codes(documents, platform.desk.documents)

    async def effect(connection: Connection) -> bytes:
        cell, at = runtime.cell(application), runtime.clock.now()
        wish = _wish(Opinion(application, Said.DECLINE, ()), caller.subject, None)
        stands, _ = await origination.weigh(connection, lane, cell, wish)
        await check_untied(connection, runtime, caller, stands.party)
        await _check_waits(connection, runtime, application)
        answer_by = await _answer_by(connection, platform, application)
        asked_of = (documents, caller.subject)
        await origination.ask_documents(connection, cell, application, asked_of, (at, answer_by))
        told = {
            "application": application,
            "party": stands.party,
            "documents": documents,
            "answer_by": answer_by.isoformat(),
        }
        await tell(connection, runtime, stands.party, (DOCUMENTS_ASKED, told))
        return msgspec.json.encode(
            {"step": Step.REVIEW.value, "documents": documents, "answer_by": answer_by}
        )

    return await once(runtime, caller, "ask_for_documents", key, effect)


async def _answer_by(connection: Connection, platform: Platform, application: int) -> date:
    """Return by which day documents are wanted: never later than the law wants the answer."""
    today, pack = await business_date(connection), platform.pack
    days = pack.working_days_after(today, int(pack.param(DOCUMENT_DAYS, today)))
    cell = platform.runtime.cell(application)
    answer = await origination.review_answer_by(connection, cell, application)
    return days if answer is None else min(days, max(today, answer))


async def _rule(connection: Connection, platform: Platform, wish: RulingWish) -> dict[str, Any]:
    runtime = platform.runtime
    there = await list_documents(connection, runtime, wish.application)
    wish = replace(wish, documents=tuple(one.commitment.hex() for one in there))
    ruled = await origination.rule(connection, runtime, _lane(platform), wish, STEP_OF_OUTCOME)
    step = await move_on(connection, runtime, ruled.application, _OUTCOME_EVENT[ruled.outcome])
    told = {
        "application": ruled.application,
        "decision": ruled.decision,
        "party": ruled.party,
        "outcome": ruled.outcome.value,
        "is_override": ruled.is_override,
        "rules_missed": await _missed(connection, platform, ruled.application),
    }
    await tell(connection, runtime, ruled.party, (RULED, told))
    shown = runtime.public.show("decision", ruled.decision)
    return {"step": step.value, "decision": shown, "approval": None}


async def _missed(connection: Connection, platform: Platform, application: int) -> tuple[str, ...]:
    """Return the clocks of the law that the answer to a person's question comes too late for."""
    runtime = platform.runtime
    cell = runtime.cell(application)
    asked_at = await origination.review_asked_at(connection, cell, application)
    if asked_at is None:
        return ()
    return rules_missed(runtime, platform.pack, "human_review", asked_at)


async def tell(
    connection: Connection, runtime: Runtime, party: int, what: tuple[str, dict[str, Any]]
) -> None:
    """Publish what happened to a case, in the caller's commit."""
    topic, told = what
    number = runtime.ids.new(id_shard(party))
    event = Happened(runtime.cell(number), number, topic, told, runtime.clock.now())
    await publish(connection, event)


async def _check_waits(connection: Connection, runtime: Runtime, application: int) -> None:
    if await step_of(connection, runtime, application) is not Step.REVIEW:
        raise Conflict("this case does not wait for a person", code="wrong_step")


def _check(platform: Platform, caller: Caller, opinion: Opinion) -> None:
    _check_role(caller)
    is_yes = opinion.said is Said.APPROVE
    _check_codes(opinion.codes, platform.desk.grounds if is_yes else platform.pack.reason_codes)


def _check_role(caller: Caller) -> None:
    if caller.role not in DECIDES:
        raise NotAllowed("your role may not do this")


def _check_codes(codes: Sequence[str], known: Any) -> None:
    if not 1 <= len(codes) <= CODES_MAX or len(set(codes)) < len(codes):
        raise BadInput(f"one to {CODES_MAX} different codes are wanted", fields={"codes": "count"})
    if unknown := [code for code in codes if code not in known]:
        raise BadInput(f"nobody knows {unknown[0][:40]}", fields={"codes": "unknown"})


def _wish(opinion: Opinion, staff: int, approval: int | None) -> RulingWish:
    application = ApplicationId(opinion.application)
    return RulingWish(application, opinion.said, tuple(opinion.codes), staff, approval)


def _lane(platform: Platform) -> origination.DecisionLane:
    if platform.decisions is None:
        raise NotReady("cases can be decided again in a moment", retry_after_s=5)
    return platform.decisions


async def _through_races(work: Callable[[], Awaitable[bytes]]) -> bytes:
    for _ in range(ROUNDS_MAX):
        try:
            return await work()
        except Raced:
            continue
    raise Overloaded("too many at once; try again", retry_after_s=1)
