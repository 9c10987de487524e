"""What people do about a review of a line: agree to a raise, ask for a person, rule, look now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tongtu.identity.api import Caller, CommandKey, check_untied, once
from tongtu.journey.clock_of_answers import rules_missed
from tongtu.journey.desk import DECIDES, tell
from tongtu.journey.draw import own_facility
from tongtu.journey.line_effect import change_line, law_against, undo_change
from tongtu.journey.line_review import review_line
from tongtu.journey.line_weighing import Reviewing, law_of_line, weigh_line
from tongtu.kernel.errors import Conflict, NotAllowed, Refused
from tongtu.notice.api import Notice, send
from tongtu.runtime.api import Connection, business_date
from tongtu.servicing.api import (
    ADVERSE,
    WAITING,
    FacilityRow,
    LineReview,
    Move,
    Occasion,
    Outcome,
    ReviewState,
    find_review,
    hold_facility,
    move_review,
    reviews_in,
)

RULED, RULED_NOTICE = "servicing.line_ruled", "line_ruled"
# By which codes a person rules; each has its words in the answer to the borrower.
UPHELD, OVERTURNED = "upheld", "overturned"


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's consent to a raise, with income and debts a month as they are now. In fen."""

    review: int
    income_minor: int
    debt_minor: int


async def accept_raise(
    platform: Reviewing, caller: Caller, consent: Consent, key: CommandKey
) -> bytes:
    """Raise a line as it was offered; return the review as JSON.

    It is weighed once more with what the person says now, and takes the lender's quota of the day.

    Raises:
        NotFound: no such review of a line of the caller's.
        Conflict: it is no open offer (`review_ended`).
        Refused: the rules offer it no more (`raise_no_longer`), the law forbids it, the person's
            limit or the lender's quota leaves no room.
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        review, row = await _own(connection, platform, caller, consent.review)
        today = await business_date(connection)
        if review.state is not ReviewState.OFFERED or today > review.answer_by:
            raise Conflict("this raise is not offered now", code="review_ended")
        said = consent.income_minor, consent.debt_minor
        weighed = await weigh_line(connection, platform, row, said)
        if (
            weighed.verdict.outcome is not Outcome.RAISE
            or weighed.verdict.limit_minor < review.limit_to_minor
        ):
            why = {"reason": weighed.verdict.reason}
            raise Refused("the line cannot be raised now", code="raise_no_longer", fields=why)
        for finding in await law_against(connection, platform, (review, row), has_consent=True):
            raise Refused("the law does not let this line rise", code=finding.code)
        await change_line(connection, platform, (review, row))
        facts = msgspec.json.encode(weighed.facts.table(), order="sorted").decode()
        step = Move(ReviewState.ACCEPTED, answered=facts)
        await move_review(connection, runtime, review, step)
        return await _shown(connection, platform, review)

    return await once(runtime, caller, "accept_line_raise", key, effect)


async def ask_person_about_line(
    platform: Reviewing, caller: Caller, number: int, key: CommandKey
) -> bytes:
    """Let a person look at an adverse change; return the review as JSON.

    What does not count yet waits for the person; what counts goes on counting until they rule. A
    later review that is open takes nothing of it.

    Raises:
        NotFound: no such review of a line of the caller's.
        Conflict: it takes nothing away, a person has ruled, the days are over (`review_ended`);
            the line is closed (`facility_closed`).
    """
    runtime = platform.runtime

    async def effect(connection: Connection) -> bytes:
        review, row = await _own(connection, platform, caller, number)
        today = await business_date(connection)
        if review.outcome not in ADVERSE or review.ruled_by or today > review.answer_by:
            raise Conflict("a person cannot be asked about this now", code="review_ended")
        if row.is_closed:
            raise Conflict("this line is closed", code="facility_closed")
        counts = review.state is ReviewState.IN_FORCE
        to = ReviewState.DISPUTED if counts else ReviewState.ASKED
        await move_review(connection, runtime, review, Move(to))
        return await _shown(connection, platform, review)

    return await once(runtime, caller, "ask_person_about_line", key, effect)


async def rule_line_review(
    platform: Reviewing, caller: Caller, ruling: tuple[int, bool], key: CommandKey
) -> bytes:
    """Uphold an adverse change or overturn it; `ruling` is the review, and whether it is upheld.

    What is upheld before its day counts on that day. The person is told either way.

    Raises:
        NotFound: no such review.
        NotAllowed: another role; code `related`: of one's own.
        Conflict: it does not wait for a person (`review_ended`).
        Refused: the law stands against it (its code); overturning finds no quota or room.
    """
    runtime = platform.runtime
    number, is_upheld = ruling
    if caller.role not in DECIDES:
        raise NotAllowed("your role may not do this")

    async def effect(connection: Connection) -> bytes:
        cell = runtime.cell(number)
        seen = await find_review(connection, cell, number)
        await check_untied(connection, runtime, caller, seen.party)
        row = await hold_facility(connection, cell, seen.facility)
        review = await find_review(connection, cell, number)
        if review.state not in WAITING:
            raise Conflict("this review does not wait for a person", code="review_ended")
        code = UPHELD if is_upheld else OVERTURNED
        ruled = replace(review, ruled_by=caller.subject)
        to = await _ruled(connection, platform, (ruled, row), is_upheld=is_upheld)
        step = Move(to, ruled_by=caller.subject, ruling=code)
        await move_review(connection, runtime, review, step)
        await _tell(connection, platform, review, code)
        return await _shown(connection, platform, review)

    return await once(runtime, caller, "rule_line_review", key, effect)


async def review_now(platform: Reviewing, caller: Caller, facility: int, key: CommandKey) -> bytes:
    """Look at a line now, for a reason of staff; return the review as JSON.

    Raises:
        NotFound: no such line.
        NotAllowed: another role.
        Conflict: the line is over, or a review of it is open (`review_open`).
    """
    runtime = platform.runtime
    if caller.role not in DECIDES:
        raise NotAllowed("your role may not do this")

    async def effect(connection: Connection) -> bytes:
        made = await review_line(connection, platform, facility, Occasion.STAFF)
        if made is None:
            raise Conflict("the line is over, or its review is open", code="review_open")
        return await _shown(connection, platform, made)

    return await once(runtime, caller, "review_line", key, effect)


async def waiting_line_reviews(platform: Reviewing, after: int, limit: int) -> list[LineReview]:
    """Return reviews that wait for a person, oldest first, of all cells."""
    runtime, found = platform.runtime, []
    async with runtime.database.reading() as connection:
        for cell in range(runtime.settings.cells):
            found += await reviews_in(connection, cell, WAITING, (after, limit))
    return sorted(found, key=lambda one: one.id)[:limit]


def review_json(platform: Reviewing, review: LineReview) -> dict[str, Any]:
    """Return a review as plain values, with its reason in words and what the rules were asked."""
    runtime, law = platform.runtime, law_of_line(platform, review.lender)
    is_told = review.reason in law.content.reasons
    return {
        "review": runtime.public.show("line_review", review.id),
        "facility": runtime.public.show("facility", review.facility),
        "occasion": review.occasion.value,
        "outcome": review.outcome.value,
        "state": review.state.value,
        "reason": review.reason,
        "reason_zh": law.reason(review.reason, "zh") if is_told else "",
        "reason_en": law.reason(review.reason, "en") if is_told else "",
        "limit_from_minor": review.limit_from_minor,
        "limit_to_minor": review.limit_to_minor,
        "date": review.business_date.isoformat(),
        "counts_on": review.counts_on.isoformat() if review.counts_on else None,
        "answer_by": review.answer_by.isoformat(),
        "ruling": review.ruling,
        "facts": msgspec.json.decode(review.facts),
    }


async def _ruled(
    connection: Connection,
    platform: Reviewing,
    place: tuple[LineReview, FacilityRow],
    *,
    is_upheld: bool,
) -> ReviewState:
    """Do what a ruling means for the line; return where the review stands after it."""
    review, row = place
    today = await business_date(connection)
    counts_now = review.counts_on is None or review.counts_on <= today
    if review.state is ReviewState.DISPUTED:
        if not is_upheld:
            await undo_change(connection, platform, review)
    elif is_upheld and review.state is ReviewState.ASKED and not counts_now:
        return ReviewState.ANNOUNCED
    elif is_upheld:
        for finding in await law_against(connection, platform, (review, row)):
            raise Refused("the law does not let this count now", code=finding.code)
        await change_line(connection, platform, (review, row))
    return ReviewState.UPHELD if is_upheld else ReviewState.OVERTURNED


async def _own(
    connection: Connection, platform: Reviewing, caller: Caller, number: int
) -> tuple[LineReview, FacilityRow]:
    """Return a review of a line of the caller's, and the line, locked. Raises NotFound."""
    cell = platform.runtime.cell(number)
    seen = await find_review(connection, cell, number)
    await own_facility(connection, platform.runtime, caller, seen.facility)
    row = await hold_facility(connection, cell, seen.facility)
    return await find_review(connection, cell, number), row


async def _tell(connection: Connection, platform: Reviewing, review: LineReview, code: str) -> None:
    runtime = platform.runtime
    facility = runtime.public.show("facility", review.facility)
    words = {UPHELD: "维持原调整 / the change stands", OVERTURNED: "撤销该调整 / it is taken back"}
    values = {"facility": facility, "ruling": words[code]}
    await send(connection, runtime, Notice(RULED_NOTICE, values, party=review.party))
    missed: tuple[str, ...] = ()
    if review.asked_at is not None:
        law = law_of_line(platform, review.lender)
        missed = rules_missed(runtime, law, "human_review", review.asked_at)
    told = {
        "review": review.id,
        "facility": review.facility,
        "party": review.party,
        "ruling": code,
        "rules_missed": missed,
    }
    await tell(connection, runtime, review.party, (RULED, told))


async def _shown(connection: Connection, platform: Reviewing, review: LineReview) -> bytes:
    now = await find_review(connection, review.cell, review.id)
    return msgspec.json.encode(review_json(platform, now))
