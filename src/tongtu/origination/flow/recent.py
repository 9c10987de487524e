"""The newest decisions of every cell, kept as they were read: only those that are new are read."""

from __future__ import annotations

from datetime import datetime, timedelta

from tongtu.kernel.ids import DecisionId, least_id
from tongtu.origination.flow.versions import Versions
from tongtu.origination.rules.record import Record, decode
from tongtu.origination.store import application as applications
from tongtu.runtime.api import Database

# A decision's id is older than its commit: so long one may still come behind a newer one.
SETTLED = timedelta(seconds=30)
_NEWEST = DecisionId((1 << 63) - 1)
Numbered = tuple[int, Record]  # the number of its version


class RecentRecords:
    """The machine's last decisions of a cell, `most` of them, newest first."""

    def __init__(self, most: int) -> None:
        self.decoded = 0  # so many records so far
        self._most = most
        self._known: dict[int, dict[DecisionId, Numbered]] = {}

    async def read(
        self, database: Database, versions: Versions, cell: int, at: datetime
    ) -> list[Numbered]:
        """Return them after taking in what came since, oldest first."""
        known = self._known.get(cell, {})
        settled = DecisionId(least_id(at - SETTLED))
        after = min(max(known, default=DecisionId(0)), settled)
        before, fresh = _NEWEST, dict[DecisionId, Numbered]()
        while len(fresh) < self._most:
            async with database.reading() as connection:
                page = await applications.latest_decisions(
                    connection, cell, (after, before), self._most - len(fresh)
                )
                numbers = {row.version for _, row in page}
                unpackers = {n: await versions.unpacker_of(connection, n) for n in numbers}
            if not page:
                break
            before = page[-1][0]
            for number, row in page:
                if number not in known:
                    self.decoded += 1
                    record = decode(unpackers[row.version].unpack(row.record)[0])
                    fresh[number] = row.version, record
                else:
                    fresh[number] = known[number]
        together = known | fresh
        newest = sorted(together, reverse=True)[: self._most]
        self._known[cell] = {number: together[number] for number in newest}
        return [together[number] for number in reversed(newest)]
