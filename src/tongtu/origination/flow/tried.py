"""What a price experiment has shown and what came of it: read from the records, never estimated."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from tongtu.kernel.ids import DecisionId, least_id
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Offer, Tried
from tongtu.origination.rules.record import Unpacker, decode
from tongtu.origination.store import acceptance as acceptances
from tongtu.origination.store import application as applications
from tongtu.runtime.api import Runtime

PAGE = 500
# A decision's id is older than its commit: so long one may still come behind a newer one.
SETTLED = timedelta(seconds=30)


class TriedCase(NamedTuple):
    """A decision of the machine under an experiment."""

    decision: DecisionId
    tried: Tried
    band: int
    offers: tuple[Offer, ...]
    taken: Offer | None


class TriedCases:
    """The cases of one experiment, each decision read once; what was taken is asked anew."""

    def __init__(self, experiment: int, days: tuple[date, date], most: int) -> None:
        """Begin before the first; `most` cases of each cell are kept, the first ones."""
        self.experiment = experiment
        self._days, self._most = days, most
        self._after: dict[int, int] = {}
        self._cases: dict[int, list[TriedCase]] = {}

    async def read(self, runtime: Runtime, versions: Versions) -> list[TriedCase]:
        """Return the cases so far, in the order of their decisions in each cell."""
        found: list[TriedCase] = []
        for cell in range(runtime.settings.cells):
            # What may still be followed by an older id is read again the next time.
            settled = least_id(runtime.clock.now() - SETTLED)
            fresh, after = await self._fresh(runtime, versions, (cell, settled))
            async with runtime.database.reading() as connection:
                taken = await acceptances.taken(connection, cell, self._days)
            known = self._cases.setdefault(cell, [])
            for one in [*known, *fresh][: self._most]:
                _, offer = taken.get(one.decision, (0, None))
                found.append(one._replace(taken=offer))
            # Both or none: what a read that failed had passed over would be told by nobody.
            known += [one for one in fresh if one.decision < settled][: self._most - len(known)]
            self._after[cell] = after
        return found

    async def _fresh(
        self, runtime: Runtime, versions: Versions, of: tuple[int, int]
    ) -> tuple[list[TriedCase], int]:
        """Return the cases behind those that are known, and from where to read the next time."""
        cell, settled = of
        known = after = self._after.get(cell, 0)
        found: list[TriedCase] = []
        while len(self._cases.get(cell, ())) + len(found) < self._most:
            async with runtime.database.reading() as connection:
                rows = await applications.decisions(connection, cell, self._days, after, PAGE)
                numbers = {row.version for row in rows}
                unpackers = {n: await versions.unpacker_of(connection, n) for n in numbers}
            if rows:
                page, decisions = await asyncio.to_thread(_read, rows, unpackers)
                found += [one for one in page if one.tried.experiment == self.experiment]
                after = decisions[-1]
                known = max((one for one in decisions if one < settled), default=known)
            if len(rows) < PAGE:
                break
        return found, known


def _read(
    rows: Sequence[applications.DecisionRow], unpackers: Mapping[int, Unpacker]
) -> tuple[list[TriedCase], list[DecisionId]]:
    """Return the cases of any experiment among these rows, and every row's decision."""
    found, decisions = [], []
    for row in rows:
        record = decode(unpackers[row.version].unpack(row.record)[0])
        decision, tried = record.case.request.decision, record.case.known.tried
        decisions.append(decision)
        if tried is not None:
            decided = record.decided
            found.append(TriedCase(decision, tried, decided.band, decided.offers, None))
    return found, decisions
