"""What a price experiment has shown and what came of it: read from the records, never estimated."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from tongtu.kernel.ids import DecisionId
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Offer, Tried
from tongtu.origination.rules.record import Unpacker, decode
from tongtu.origination.store import acceptance as acceptances
from tongtu.origination.store import application as applications
from tongtu.runtime.api import Runtime

PAGE = 500
Taken = Mapping[DecisionId, tuple[int, Offer]]


class TriedCase(NamedTuple):
    """A decision of the machine under an experiment."""

    decision: DecisionId
    tried: Tried
    band: int
    offers: tuple[Offer, ...]
    taken: Offer | None


async def tried_cases(
    runtime: Runtime, versions: Versions, experiment: int, days: tuple[date, date], most: int
) -> list[TriedCase]:
    """Return the cases of an experiment on these business days, the first `most` of each cell."""
    found: list[TriedCase] = []
    for cell in range(runtime.settings.cells):
        after, until = 0, len(found) + most
        while len(found) < until:
            async with runtime.database.reading() as connection:
                if not after:
                    taken = await acceptances.taken(connection, cell, days)
                rows = await applications.decisions(connection, cell, days, after, PAGE)
                numbers = {row.version for row in rows}
                unpackers = {n: await versions.unpacker_of(connection, n) for n in numbers}
            if rows:
                page, after = await asyncio.to_thread(_read, rows, unpackers, taken)
                mine = [one for one in page if one.tried.experiment == experiment]
                found += mine[: until - len(found)]
            if len(rows) < PAGE:
                break
    return found


def _read(
    rows: Sequence[applications.DecisionRow], unpackers: Mapping[int, Unpacker], taken: Taken
) -> tuple[list[TriedCase], DecisionId]:
    """Return the cases of any experiment among these rows, and the last row's decision."""
    found = []
    for row in rows:
        record = decode(unpackers[row.version].unpack(row.record)[0])
        decision, tried = record.case.request.decision, record.case.known.tried
        if tried is not None:
            _, offer = taken.get(decision, (0, None))
            decided = record.decided
            found.append(TriedCase(decision, tried, decided.band, decided.offers, offer))
    return found, decision
