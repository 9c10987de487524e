"""What the lane looks at beside the application itself: signals of 30 days and lists, in memory.

Own applications count at once, those of other processes within about a second. At a start all of
it is read anew from the rows that each batch left, so there is no second truth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple

import asyncpg

from tongtu.kernel.errors import TongtuError
from tongtu.risk.model import ListEntry
from tongtu.risk.rules.fraud import QUIET_FACTS, FraudFacts
from tongtu.risk.rules.signal import DAY_S, MONTH_S, Keys, SignalBook, Signals
from tongtu.risk.store import listing
from tongtu.risk.store import signal as store
from tongtu.risk.store.signal import Signalled
from tongtu.runtime.api import Runtime, get_logger

LOOK_EVERY_S = 1.0
# A commit may come this much later than the instant it carries; such a batch is still found.
OVERLAP = timedelta(seconds=30)
KEPT = timedelta(seconds=MONTH_S + DAY_S)
PRUNE_EVERY = 3_600  # looks, so about an hour
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_WRITER_BYTES = 7
log = get_logger("watch")


class Background(NamedTuple):
    """What the outside says of a person, as the batch's read has it."""

    name_score: int
    bureau: int
    bureau_at_s: int
    bureau_overdue: int
    bureau_inquiries: int
    verified: int = 0
    verified_until_s: int = 0


UNSAID = Background(0, 0, 0, 0, 0)


class Listed:
    """The entries in force that say a keyed hash."""

    __slots__ = ("_by_key",)

    def __init__(self, entries: Iterable[ListEntry] = ()) -> None:
        self._by_key: dict[int, list[ListEntry]] = {}
        for entry in entries:
            if entry.kind != "name":
                self._by_key.setdefault(entry.key, []).append(entry)

    def meet(self, keys: Keys, at_s: int) -> list[ListEntry]:
        """Return the entries that one of the keys meets at this instant."""
        if not self._by_key:
            return []
        return [
            entry
            for key in keys
            if key
            for entry in self._by_key.get(key, ())
            if entry.expires_at.timestamp() > at_s
        ]


def tally(entries: Sequence[ListEntry]) -> tuple[int, int, int]:
    """Return how many of the entries deny, watch and allow."""
    if not entries:
        return 0, 0, 0
    words = [entry.list for entry in entries]
    return words.count("deny"), words.count("watch"), words.count("allow")


def _facts(
    signals: Signals, met: Sequence[ListEntry], background: Background, at_s: int
) -> FraudFacts:
    name_score, bureau, bureau_at_s, overdue, inquiries, verified, until_s = background
    # A report of a bureau whose clock runs ahead is of today; one of the future is never kept.
    age_days = max(at_s - bureau_at_s, 0) // DAY_S if bureau else 0
    level = verified if at_s < until_s else 0
    said = name_score, bureau, age_days, overdue, inquiries, level
    return FraudFacts(signals, *tally(met), *said)


class Sighting:
    """The applications of one batch: seen in order, packed for the commit, undone when it fails."""

    __slots__ = ("_book", "_listed", "hits", "rows")

    def __init__(self, book: SignalBook, listed: Listed) -> None:
        self._book = book
        self._listed = listed
        self.rows: list[Signalled] = []
        self.hits: list[int] = []  # application, entry, application, entry, …

    def see(self, row: Signalled, background: Background) -> FraudFacts:
        """Return what is known of an application, then count it for those after it."""
        application, party, at_s, keys = row
        signals = self._book.look(party, keys, at_s)
        self._book.add(application, party, keys, at_s)
        self.rows.append(row)
        met = self._listed.meet(keys, at_s)
        for entry in met:
            self.hits += (application, entry.id)
        return _facts(signals, met, background, at_s)

    def drop(self, application: int) -> None:
        """Let go an application that was not decided."""
        self._book.forget(application)
        self.rows = [row for row in self.rows if row.application != application]
        self.hits = [
            one
            for pair in zip(self.hits[::2], self.hits[1::2], strict=True)
            if pair[0] != application
            for one in pair
        ]

    def undo(self) -> None:
        """Let the whole batch go: its commit did not come to be."""
        for row in self.rows:
            self._book.forget(row.application)


class Watch:
    """The signal books of all cells and the lists. `start` reads them, then keeps them fresh."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.writer = int.from_bytes(runtime.entropy.bytes(_WRITER_BYTES), "big")
        self._books = [SignalBook() for _ in range(runtime.settings.cells)]
        self._listed = Listed()
        self._version = -1
        self._known: list[dict[int, datetime]] = [{} for _ in self._books]
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read 30 days and the lists; from then on look for what others did."""
        for cell in range(len(self._books)):
            await self._read(cell)
        await self.look()
        self._task = asyncio.create_task(self._keep(), name="risk watch")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def sight(self, cell: int) -> Sighting:
        """Begin a batch."""
        return Sighting(self._books[cell], self._listed)

    def now(
        self, cell: int, application: int, at_s: int, background: Background = UNSAID
    ) -> FraudFacts:
        """Return what links and lists say of a decided application by now, with its background.

        Links are quiet once the application is older than what is remembered.
        """
        book = self._books[cell]
        row = book.row(application)
        if row is None:
            return _facts(QUIET_FACTS.signals, (), background, at_s)
        return _facts(book.linked(row, at_s), self._listed.meet(row[2], at_s), background, at_s)

    async def look(self) -> None:
        """Take in what other processes decided since the last look, and changed lists."""
        at = self._runtime.clock.now()
        async with self._runtime.database.reading() as connection:
            version = await listing.version(connection)
            if version != self._version:
                self._listed = Listed(await listing.live(connection, at))
                self._version = version
            for cell in range(len(self._books)):
                known, since = self._known[cell], at - OVERLAP
                self._known[cell] = {n: then for n, then in known.items() if then > since}
                others = await store.of_others(
                    connection, cell, self.writer, since, list(self._known[cell])
                )
                self._count(cell, others)
                self._known[cell] |= {batch.id: batch.at for batch in others}

    async def _read(self, cell: int) -> None:
        since = max(self._runtime.clock.now() - timedelta(seconds=MONTH_S), _BEGINNING)
        after = (since, 0)
        while True:
            async with self._runtime.database.reading() as connection:
                batches = await store.page(connection, cell, after)
            self._count(cell, batches)
            self._known[cell] |= {batch.id: batch.at for batch in batches[-store.BATCHES_PAGE :]}
            if len(batches) < store.BATCHES_PAGE:
                return
            after = (batches[-1].at, batches[-1].id)

    def _count(self, cell: int, batches: Sequence[store.SignalBatch]) -> None:
        book = self._books[cell]
        for batch in batches:
            for application, party, at_s, keys in batch.rows:
                book.add(application, party, keys, at_s)

    async def _keep(self) -> None:
        for turn in count(1):
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
                if turn % PRUNE_EVERY == 0:
                    await self._prune()
            except (TongtuError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as fault:
                log.error("signals_not_read", fault=type(fault).__name__)

    async def _prune(self) -> None:
        async with self._runtime.database.transaction() as connection:
            for cell in range(len(self._books)):
                await store.prune(connection, cell, self._runtime.clock.now() - KEPT)
