"""Running lines are looked at again (额度复审): on schedule, when somebody is late or has paid up.

Nothing a loan was signed for changes. Whoever loses something is told before, with the reason, and
may ask for a person. What the person does then stands in `line_answer`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

import msgspec

from tongtu.contracts.api import yuan
from tongtu.journey.line import apply_line_change
from tongtu.journey.line_effect import change_line, law_against, lines_of, unless_unchanged
from tongtu.journey.line_weighing import (
    MONTH_DAYS,
    YEAR,
    Reviewing,
    Weighed,
    law_of_line,
    weigh_line,
)
from tongtu.kernel.errors import TongtuError
from tongtu.kernel.ids import id_shard
from tongtu.notice.api import Notice, send
from tongtu.policy.api import Pack, UnknownParameter
from tongtu.runtime.api import Connection, Runtime, business_date, get_logger
from tongtu.servicing.api import (
    ADVERSE,
    FacilityChange,
    FacilityKind,
    FacilityRow,
    LineReview,
    Move,
    Occasion,
    Outcome,
    ReviewState,
    Verdict,
    find_review,
    has_open_review,
    hold_facility,
    keep_review,
    late_lines,
    move_review,
    paid_up_lines,
    reviews_in,
    reviews_of,
    unreviewed_lines,
)
from tongtu.tables.api import Table

NOTICE_DAYS, ANSWER_DAYS, REVIEW_MONTHS = (
    "line_notice_days", "line_answer_days", "line_review_months",
)  # fmt: skip
# Where the pack has no figure of its own: a month to answer, looked at once a year.
ANSWER_DAYS_ELSE, REVIEW_MONTHS_ELSE = 30, 12
OFFERED_NOTICE, ANNOUNCED_NOTICE = "line_raise_offered", "line_change_announced"
RESUMED_NOTICE = "line_resumed"
SALT_BYTES, PAGE = 16, 100
# Twice as often as the law asks, so that its last day is never reached.
LOOKS_PER_TERM = 2
# So long no event overturns what a person ruled; the next look on schedule may.
RULED_DAYS = 30
# An event brings what it is about; everything else waits for the next look on schedule.
_BRINGS = {
    Occasion.LATE: frozenset({Outcome.SUSPEND, Outcome.CLOSE}),
    Occasion.PAID_UP: frozenset({Outcome.RESUME, Outcome.CLOSE}),
}
_SAID = {
    Outcome.LOWER: "额度降为 {limit} 元 / the limit becomes CNY {limit}",
    Outcome.SUSPEND: "暂停支用 / nothing new can be drawn",
    Outcome.CLOSE: "关闭额度 / the line is closed",
}
log = get_logger("journey")
Find = Callable[..., Awaitable[list[int]]]
T = TypeVar("T")


async def review_lines(platform: Reviewing) -> int:
    """Look at every line whose time or event has come, and do what was announced for by today.

    Each line is a commit of its own and all is safe to repeat; one that cannot be reviewed is told
    in the log, and looked at again the next time. Returns how many were reviewed.
    """
    runtime, reviewed = platform.runtime, 0
    for cell in range(runtime.settings.cells):
        await _carry_on(platform, cell)
        async with runtime.database.reading() as connection:
            today = await business_date(connection)
        months = int(_param(platform.all_laws.base, REVIEW_MONTHS, today, REVIEW_MONTHS_ELSE))
        seen_by = today - timedelta(days=months * MONTH_DAYS // LOOKS_PER_TERM)
        looks: tuple[tuple[Occasion, Find], ...] = (
            (Occasion.PAID_UP, partial(paid_up_lines, cell=cell, today=today)),
            (Occasion.LATE, partial(late_lines, cell=cell, today=today)),
            (Occasion.SCHEDULE, partial(unreviewed_lines, cell=cell, days=(seen_by, today))),
        )
        for occasion, find in looks:
            reviewed += await _review_all(platform, occasion, find)
    return reviewed


async def _review_all(platform: Reviewing, occasion: Occasion, find: Find) -> int:
    runtime, after, reviewed = platform.runtime, 0, 0
    while True:
        async with runtime.database.reading() as connection:
            page = await find(connection, page=(after, PAGE))
        for facility in page:
            made = await _alone(facility, _review_one(platform, facility, occasion))
            reviewed += made is not None
        if len(page) < PAGE:
            return reviewed
        after = page[-1]


async def _review_one(platform: Reviewing, facility: int, occasion: Occasion) -> LineReview | None:
    async with platform.runtime.database.transaction() as connection:
        return await review_line(connection, platform, facility, occasion)


async def _alone(facility: int, work: Awaitable[T]) -> T | None:
    """Await what is done to one line; what stops it is told, and keeps no other line waiting.

    A lender that left, a product or a phone that is gone, a table without an answer.
    """
    try:
        return await work
    except (TongtuError, KeyError) as fault:
        log.error("line_left_out", facility=facility, exc_info=fault)
        return None


async def review_line(
    connection: Connection, platform: Reviewing, facility: int, occasion: Occasion
) -> LineReview | None:
    """Look at one line, keep what the rules say, tell the person, begin what follows from it.

    None where the line is over, a review of it is open, or its event brings nothing.

    Raises:
        NotFound: no such line.
        BadFact, MissingFact, TableFailed: the table cannot answer; nothing is changed.
    """
    runtime = platform.runtime
    row = await hold_facility(connection, runtime.cell(facility), facility)
    today = await business_date(connection)
    if row.is_closed or today > row.grant.valid_to:
        return None
    last = await reviews_of(connection, row.cell, facility, 1)
    if await has_open_review(connection, row.cell, facility) or _is_ruled(last, occasion, today):
        return None
    weighed = await weigh_line(connection, platform, row)
    if weighed.verdict.outcome not in _BRINGS.get(occasion, frozenset(Outcome)):
        return None
    law = law_of_line(platform, row.lender)
    review = _made(runtime, (row, occasion, today), weighed, (law, platform.line_rules))
    await keep_review(connection, runtime, review)
    await _tell(connection, runtime, law, review)
    if occasion not in _BRINGS:
        until = min(today + YEAR, row.grant.valid_to)
        seen = FacilityChange(FacilityKind.REVIEWED, until=until)
        await unless_unchanged(apply_line_change(connection, lines_of(platform), facility, seen))
    if review.outcome is Outcome.RESUME:
        await change_line(connection, platform, (review, row))
    if review.counts_on == today:
        await take_effect(connection, platform, review)
    return await find_review(connection, row.cell, review.id)


def _is_ruled(last: Sequence[LineReview], occasion: Occasion, today: date) -> bool:
    """Tell whether a person has just ruled, so that no event brings another review."""
    return occasion in _BRINGS and any(
        one.ruled_by is not None and (today - one.business_date).days < RULED_DAYS for one in last
    )


def _made(
    runtime: Runtime,
    what: tuple[FacilityRow, Occasion, date],
    weighed: Weighed,
    by: tuple[Pack, Table],
) -> LineReview:
    """Return the review: what it leads to, and on which day, by the lender's law."""
    (row, occasion, today), (law, table), said = what, by, weighed.verdict
    state, counts_on = ReviewState.DONE, None
    if said.outcome is Outcome.RAISE:
        state = ReviewState.OFFERED
    elif said.outcome in ADVERSE:
        state, counts_on = _announced(law, said, today)
    answer_days = int(_param(law, ANSWER_DAYS, today, ANSWER_DAYS_ELSE))
    return LineReview(
        cell=row.cell,
        id=runtime.ids.new(id_shard(row.party)),
        facility=row.id,
        party=row.party,
        lender=row.lender,
        occasion=occasion,
        outcome=said.outcome,
        reason=said.reason,
        limit_from_minor=row.limit_minor,
        limit_to_minor=said.limit_minor,
        business_date=today,
        counts_on=counts_on,
        answer_by=max(counts_on or today, today + timedelta(days=answer_days)),
        facts=msgspec.json.encode(weighed.facts.table(), order="sorted").decode(),
        rules_hash=table.hash,
        pack_hash=law.hash,
        model_hash=weighed.model_hash,
        salt=runtime.entropy.bytes(SALT_BYTES),
        at=runtime.clock.now(),
        state=state,
    )


def _announced(law: Pack, said: Verdict, today: date) -> tuple[ReviewState, date | None]:
    """Return the day an adverse change counts from; a law that says nothing of it asks a person."""
    try:
        days = int(law.param(NOTICE_DAYS, today, change=said.outcome.value))
    except UnknownParameter:
        return ReviewState.HELD, None
    if said.reason not in law.content.reasons:
        return ReviewState.HELD, None
    return ReviewState.ANNOUNCED, today + timedelta(days=days)


async def take_effect(connection: Connection, platform: Reviewing, review: LineReview) -> None:
    """Make what was announced count, or leave it to a person where the law stands against it."""
    row = await hold_facility(connection, review.cell, review.facility)
    found = await law_against(connection, platform, (review, row))
    for one in found:
        log.error("line_change_held", rule=one.rule, code=one.code)
    if found:
        await move_review(connection, platform.runtime, review, Move(ReviewState.HELD))
        return
    await change_line(connection, platform, (review, row))
    await move_review(connection, platform.runtime, review, Move(ReviewState.IN_FORCE))


async def _carry_on(platform: Reviewing, cell: int) -> None:
    """Let what was announced count on its day, and offers nobody took lapse."""
    runtime, after = platform.runtime, 0
    states = (ReviewState.ANNOUNCED, ReviewState.OFFERED)
    while True:
        async with runtime.database.reading() as connection:
            page = await reviews_in(connection, cell, states, (after, PAGE))
        for one in page:
            await _alone(one.facility, _due_one(platform, one))
        if len(page) < PAGE:
            return
        after = page[-1].id


async def _due_one(platform: Reviewing, seen: LineReview) -> None:
    async with platform.runtime.database.transaction() as connection:
        await _due(connection, platform, seen)


async def _due(connection: Connection, platform: Reviewing, seen: LineReview) -> None:
    row = await hold_facility(connection, seen.cell, seen.facility)
    review = await find_review(connection, seen.cell, seen.id)
    today = await business_date(connection)
    is_over = row.is_closed or today > row.grant.valid_to
    is_late = review.state is ReviewState.OFFERED and review.answer_by < today
    if review.state is not seen.state:
        return  # the person answered meanwhile
    if is_over or is_late:
        await move_review(connection, platform.runtime, review, Move(ReviewState.LAPSED))
    elif review.counts_on is not None and review.counts_on <= today:
        await take_effect(connection, platform, review)


async def _tell(connection: Connection, runtime: Runtime, law: Pack, review: LineReview) -> None:
    """Tell the person what was said, and until when they can answer; what is kept needs no word."""
    facility = runtime.public.show("facility", review.facility)
    limit = yuan(review.limit_to_minor)
    until = review.answer_by.isoformat()
    values = {"facility": facility, "limit": limit, "until": until}
    if review.state is ReviewState.OFFERED:
        template = OFFERED_NOTICE
    elif review.state is ReviewState.ANNOUNCED:
        assert review.counts_on is not None
        template = ANNOUNCED_NOTICE
        reason = " / ".join(law.reason(review.reason, lang) for lang in ("zh", "en"))
        values = {
            "facility": facility,
            "until": until,
            "on": review.counts_on.isoformat(),
            "change": _SAID[review.outcome].format(limit=limit),
            "reason": reason,
        }
    elif review.outcome is Outcome.RESUME:
        template, values = RESUMED_NOTICE, {"facility": facility}
    else:
        return
    await send(connection, runtime, Notice(template, values, party=review.party))


def _param(law: Pack, name: str, today: date, otherwise: int) -> int | str:
    try:
        return law.param(name, today)
    except UnknownParameter:
        return otherwise
