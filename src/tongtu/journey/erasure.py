"""Erasing a person: what no law keeps ends now, the rest is told with its rule and its day.

Each kind of record is a commit of its own; whatever stops the work, the next call goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tongtu.identity.api import (
    Caller,
    PrivacyItem,
    PrivacyRequest,
    Wish,
    drop_short_lived,
    due_requests,
    end_request,
    find_request,
    items_of,
    old_parties,
    open_request,
    platform,
    write_item,
)
from tongtu.identity.api import Told as Recipients
from tongtu.journey.clock_of_answers import rules_missed
from tongtu.journey.holdings import HOLDINGS, Kept, kept_by, standing_of
from tongtu.journey.recipients import tell_recipients
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import least_id
from tongtu.policy.api import Pack, Severity, UnknownParameter, months_after
from tongtu.runtime.api import (
    Connection,
    Holding,
    Runtime,
    business_date,
    count_held,
    end_held,
    get_logger,
)

POINT = "privacy.request"
# Where a pack names no days, the longest that any of ours names.
ANSWER_WORKING_DAYS = 15
AT_ONCE = 100
# What is over on its own within days: codes, sign-ins, counts of tries.
SHORT_LIVED = timedelta(days=2)
_SHORT_AT_ONCE = 10_000
log = get_logger("journey")


class Law(Protocol):
    """What answering a request needs of the running platform."""

    @property
    def runtime(self) -> Runtime: ...

    @property
    def pack(self) -> Pack: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of record of a person: how many rows, and the rule that keeps them, if one does."""

    holding: Holding
    rows: int
    kept: Kept | None

    def item(self) -> PrivacyItem:
        """Return the line as it is written down."""
        if self.kept is None:
            return PrivacyItem(self.holding.table, self.rows)
        return PrivacyItem(self.holding.table, self.rows, self.kept.rule.kind, self.kept.until)


Told = Callable[[Holding], None]


async def plan_erasure(law: Law, party: int, today: date) -> list[Line]:
    """Return what is held of a person and what an erasure of `today` would leave; changes nothing.

    `today` is the business date, by which debts and terms are counted.
    """
    runtime = law.runtime
    async with runtime.database.reading() as connection:
        standing = await standing_of(connection, runtime, party, today)
        lines = []
        for holding in HOLDINGS:
            rows = await count_held(connection, holding, standing.person)
            if rows:
                lines.append(Line(holding, rows, kept_by(law.pack, holding, standing, today)))
    return lines


async def open_wish(
    connection: Connection, law: Law, caller: Caller, party: int, kind: Wish
) -> PrivacyRequest:
    """Open a request, with the day by which the law wants it answered."""
    runtime, pack = law.runtime, law.pack
    day = business_date_of(runtime.clock.now(), runtime.settings.zone)
    try:
        working_days = int(pack.param("privacy_answer_days", day))
    except UnknownParameter:
        working_days = ANSWER_WORKING_DAYS
    by = (pack.working_days_after(day, working_days), pack.hash)
    return await open_request(connection, runtime, caller, (party, kind), by)


async def erase_person(
    law: Law, caller: Caller, party: int, told: Told = lambda _holding: None
) -> tuple[PrivacyRequest, list[PrivacyItem]]:
    """Erase what no law keeps of a person, and return the request with what each kind came to.

    Raises:
        Refused: the law forbids it, by the code of its rule; nothing was erased.
    """
    runtime = law.runtime
    async with runtime.database.reading() as connection:
        today = await business_date(connection)
    check_wish(law, Wish.ERASE, await plan_erasure(law, party, today), today)
    async with runtime.database.transaction() as connection:
        request = await open_wish(connection, law, caller, party, Wish.ERASE)
        # Now: whom the person shared with is forgotten with the consents.
        await tell_recipients(connection, runtime, (party, request.id), (Recipients.ERASED, ()))
    return await carry_out(law, request, today, told)


def check_wish(law: Law, kind: Wish, lines: list[Line], today: date) -> None:
    """Ask the law about a request (privacy.request). Raises Refused."""
    kept = [line.kept.rule for line in lines if line.kept is not None]
    facts = {
        "request_kind": kind.value,
        "kinds_kept": tuple(sorted({rule.kind for rule in kept})),
        # Each is told with its sentence, which a pack must have.
        "kinds_told": tuple(sorted({rule.kind for rule in kept if any(rule.why.values())})),
    }
    for finding in law.pack.evaluate(POINT, facts, today):
        if finding.severity is not Severity.WARN:
            raise Refused(f"the law ({finding.rule}) does not allow this", code=finding.code)


async def carry_out(
    law: Law, request: PrivacyRequest, today: date, told: Told = lambda _holding: None
) -> tuple[PrivacyRequest, list[PrivacyItem]]:
    """End or keep each kind of record; a call that was stopped goes on with the rest."""
    runtime, party = law.runtime, request.party
    async with runtime.database.reading() as connection:
        standing = await standing_of(connection, runtime, party, today)
    for holding in HOLDINGS:
        kept = kept_by(law.pack, holding, standing, today)
        async with runtime.database.transaction() as connection:
            if kept is None:
                at = runtime.clock.now()
                rows = await end_held(connection, holding, standing.person, at)
            else:
                rows = await count_held(connection, holding, standing.person)
            if rows:
                item = Line(holding, rows, kept).item()
                await write_item(connection, runtime, request, item)
        told(holding)
    async with runtime.database.transaction() as connection:
        await end_request(connection, runtime, request, ("done", None, None))
        items = await items_of(connection, runtime, request)
        done = await find_request(connection, runtime, platform(runtime, party), request.id)
    rules_missed(runtime, law.pack, "privacy_request", request.asked_at)
    kept_kinds = sum(item.is_kept for item in items)
    log.info("person_erased", request=request.id, kinds=len(items), kept=kept_kinds)
    return done, items


async def keep_terms(law: Law, cell: int, day: date) -> int:
    """Erase what the law kept until before `day`, and go on with erasures that were stopped.

    Persons with whom nothing was for the longest term are erased whole. Safe to repeat. Returns how
    many persons it ended something of.
    """
    runtime = law.runtime
    async with runtime.database.transaction() as connection:
        before = runtime.clock.now() - SHORT_LIVED
        await drop_short_lived(connection, cell, before, _SHORT_AT_ONCE)
    ended, after, is_more = 0, 0, True
    while is_more:
        async with runtime.database.reading() as connection:
            requests = await due_requests(connection, cell, day, after, AT_ONCE)
        for request in requests:
            await carry_out(law, request, day)
            after, ended = request.id, ended + 1
        is_more = len(requests) == AT_ONCE
    return ended + await _end_the_long_gone(law, cell, day)


async def _end_the_long_gone(law: Law, cell: int, day: date) -> int:
    runtime = law.runtime
    longest = max((rule.months for rule in law.pack.retentions), default=0)
    first = months_after(day, -longest)
    below = least_id(datetime.combine(first, time(), ZoneInfo(runtime.settings.zone)))
    ended, after, is_more = 0, 0, True
    while is_more:
        async with runtime.database.reading() as connection:
            parties = await old_parties(connection, cell, below, after, AT_ONCE)
        for party in parties:
            after = party
            if any(line.kept is not None for line in await plan_erasure(law, party, day)):
                continue
            async with runtime.database.transaction() as connection:
                caller = platform(runtime, party)
                request = await open_wish(connection, law, caller, party, Wish.ERASE)
            await carry_out(law, request, day)
            ended += 1
        is_more = len(parties) == AT_ONCE
    return ended
