"""Draws the people of a segment and pushes to those whom chance chose, at hours that are allowed.

A push goes by notice's gateway, in one commit with the member's fate: whatever crashes, nobody is
pushed to twice and the held out never. What is wrong with one campaign, or with one person, is told
and holds up no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import timedelta

from tongtu.campaign import store
from tongtu.campaign.flow import report_campaign
from tongtu.campaign.model import Campaign, Fate, Member
from tongtu.campaign.rules.draw import PPM, group_of
from tongtu.campaign.rules.segment import is_in, segment_of, stratum_of
from tongtu.campaign.rules.uplift import breach
from tongtu.catalog.api import Catalogue
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import NotFound, NotReady
from tongtu.notice.api import WEEK_FULL, Push, PushNotAllowed, list_willing, push
from tongtu.origination.api import Span, what_they_did
from tongtu.policy.api import Pack
from tongtu.runtime.api import Background, Connection, Runtime, get_logger
from tongtu.servicing.api import NO_LOANS, loans_of_parties

EVERY_S = 10.0
REVIEW_EVERY_S = 300.0
PAGE = 200
QUARTER = timedelta(days=90)
TEMPLATE = "product_news"
# Rules that say "not now", and do not say "never".
NOT_NOW = frozenset({"PRIV-05.hours", "PRIV-05.day", WEEK_FULL})
OVERDUE = "overdue"
# Why a person gets it, in words they are shown.
REASONS = {
    "repaid": "您在这里还清过借款 / you repaid a loan here",
    "borrowing": "您在这里有借款 / you have a loan here",
    "new": "您开启了推送 / you switched pushes on",
}
log = get_logger("campaigns")


class CampaignWorker:
    """Works on the campaigns that run."""

    def __init__(self, runtime: Runtime, pack: Pack, catalogue: Catalogue) -> None:
        self._runtime = runtime
        self._pack = pack
        self._catalogue = catalogue
        self._work = Background("campaigns", self.work, EVERY_S)
        self._look = Background("campaigns' stop rules", self.review, REVIEW_EVERY_S)
        self._after: dict[tuple[int, int], int] = {}  # where the next turn of sending goes on

    async def start(self) -> None:
        """Begin to work."""
        await self._work.start()
        await self._look.start()

    async def stop(self) -> None:
        """Stop; what was not pushed is pushed later."""
        await self._look.stop()
        await self._work.stop()

    async def work(self) -> None:
        """Take one turn at each campaign: draw a page of each cell, push to a page."""
        for campaign in await self._running():
            await self._apart(self._turn(campaign), campaign.id)

    async def review(self) -> None:
        """End what its own stop rule ends."""
        for campaign in await self._running():
            await self._apart(self._judge(campaign), campaign.id)

    async def _apart(self, work: Awaitable[None], campaign: int) -> None:
        """Do a part of the work; its fault is nobody else's. Raises NotReady: it is everybody's."""
        try:
            await work
        except NotReady:
            raise
        except Exception as fault:
            log.error("campaign_failed", campaign=campaign, exc_info=fault)

    async def _judge(self, campaign: Campaign) -> None:
        runtime = self._runtime
        why = breach(campaign.plan, await report_campaign(runtime, campaign))
        if why is not None:
            async with runtime.database.transaction() as connection:
                await store.stop(connection, campaign.id, (None, why), runtime.clock.now())

    async def _turn(self, campaign: Campaign) -> None:
        name = self._catalogue.find(campaign.plan.product).name
        values = {"product": f"{name['zh']} {name['en']}"}
        for cell in range(self._runtime.settings.cells):
            await self._enrol(campaign, cell)
            await self._send(campaign, cell, values)

    async def _running(self) -> list[Campaign]:
        async with self._runtime.database.reading() as connection:
            return await store.running(connection, self._runtime.clock.now())

    async def _enrol(self, campaign: Campaign, cell: int) -> None:
        runtime, plan = self._runtime, campaign.plan
        now = runtime.clock.now()
        async with runtime.database.transaction() as connection:
            if not await store.lock(connection, campaign.id, now):
                return
            after, is_done = await store.progress(connection, cell, campaign.id)
            room = plan.audience_max - await store.count_members(connection, campaign.id)
            if is_done or room <= 0:
                return
            willing = await list_willing(connection, cell, after, PAGE)
            drawn = await self._drawn(connection, campaign, cell, willing)
            today = business_date_of(now, runtime.settings.zone)
            await store.enrol(connection, cell, campaign.id, drawn[:room], (today, now))
            to = (willing[-1] if willing else after), len(willing) < PAGE
            await store.advance(connection, cell, campaign.id, to)

    async def _drawn(
        self, connection: Connection, campaign: Campaign, cell: int, parties: list[int]
    ) -> list[Member]:
        """Return those of the segment with the group chance gave them; the overdue are left out."""
        runtime, plan = self._runtime, campaign.plan
        now = runtime.clock.now()
        today = business_date_of(now, runtime.settings.zone)
        segment = segment_of(plan.segment)
        loans = await loans_of_parties(connection, cell, parties)
        spans = [Span(party, now - QUARTER, now) for party in parties]
        did = await what_they_did(connection, cell, spans)
        found = []
        for party in parties:
            of = loans.get(party, NO_LOANS)
            facts = {
                "settled_loans": of.settled,
                "live_loans": of.live,
                "outstanding_minor": of.outstanding_minor,
                "applications_90d": did[party].applications if party in did else 0,
            }
            if of.is_late or not is_in(segment, facts):
                continue
            group = group_of(campaign.id, party, plan.hold_out_ppm)
            chance = PPM - plan.hold_out_ppm
            found.append(Member(party, group, chance, stratum_of(facts), today))
        return found

    async def _send(self, campaign: Campaign, cell: int, values: Mapping[str, str]) -> None:
        place = campaign.id, cell
        async with self._runtime.database.reading() as connection:
            page = self._after.get(place, 0), PAGE
            parties = await store.due(connection, cell, campaign.id, page)
        for party in parties:
            await self._apart(self._push(campaign.id, cell, party, values), campaign.id)
        self._after[place] = parties[-1] if len(parties) == PAGE else 0

    async def _push(self, campaign: int, cell: int, party: int, values: Mapping[str, str]) -> None:
        """Push to one person in one commit, or note why never, or leave it for another turn."""
        runtime, of = self._runtime, (campaign, party)
        async with runtime.database.transaction() as connection:
            stratum = await store.hold_due(connection, cell, of, runtime.clock.now())
            if stratum is None:
                return
            loans = (await loans_of_parties(connection, cell, [party])).get(party, NO_LOANS)
            if loans.is_late:
                await store.note_fate(connection, cell, of, (Fate.REFUSED, None, OVERDUE))
                return
            wish = Push(party, TEMPLATE, values, REASONS[stratum])
            try:
                sent = await push(connection, runtime, self._pack, wish)
            except PushNotAllowed as refused:
                if not set(refused.rules) <= NOT_NOW:
                    why = ", ".join(refused.rules)
                    await store.note_fate(connection, cell, of, (Fate.REFUSED, None, why))
                return
            except NotFound:
                await store.note_fate(connection, cell, of, (Fate.REFUSED, None, "no phone"))
                return
            await store.note_fate(connection, cell, of, (Fate.PUSHED, sent, None))
