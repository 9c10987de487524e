"""A change of rules on stored decisions, before anybody is decided by it: who would flip.

Nothing is written. Every case is decided twice from its own record: by the files of its own
version, which must give what is stored, and by the candidate's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from tongtu.kernel.errors import Broken, TongtuError
from tongtu.kernel.ids import DecisionId, ProgramId
from tongtu.kernel.money import AMOUNT_MINOR_MAX
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Decided
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Record, decode
from tongtu.origination.store import application as applications
from tongtu.risk.api import Way
from tongtu.runtime.api import Runtime

PAGE = 500
# A report reads in memory what a month brings; more is asked for by days.
DECISIONS_MAX = 200_000
# Of each way to flip so many decisions are named, for a person to look at.
NAMED_MAX = 20
FAULT = "fault"
_WAYS = frozenset(Way)

Flip = tuple[str, str]  # outcome before, outcome after


@dataclass(slots=True)
class SwapSet:
    """How many were looked at, and who would be answered otherwise, by segment."""

    looked_at: int = 0
    flips: Counter[Flip] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)  # of the candidate
    segments: dict[str, Counter[Flip]] = field(default_factory=dict)
    sizes: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)  # that fired for those who flip
    ways: Counter[str] = field(default_factory=Counter)  # of the candidate, where it is selective
    named: dict[Flip, list[DecisionId]] = field(default_factory=dict)

    def add(self, record: Record, after: str, fired: Sequence[str]) -> None:
        """Take in one case."""
        before, request = record.decided.outcome.value, record.case.request
        segments = (f"product {request.product}", f"band {record.decided.band}")
        self.looked_at += 1
        self.outcomes[after] += 1
        self.sizes.update(segments)
        self.ways.update(one for one in fired if one in _WAYS)
        if before == after:
            return
        flip = (before, after)
        self.flips[flip] += 1
        self.rules.update(set(fired) ^ set(record.decided.rules_fired))
        named = self.named.setdefault(flip, [])
        if len(named) < NAMED_MAX:
            named.append(request.decision)
        for segment in segments:
            self.segments.setdefault(segment, Counter())[flip] += 1


async def backtest(
    runtime: Runtime, versions: Versions, candidate: DecisionEngine, days: tuple[date, date]
) -> SwapSet:
    """Return the swap set of a candidate over the decisions of these business days.

    Raises:
        Broken: a decision does not come out again by its own files, so nothing can be said of it;
            or there are more than DECISIONS_MAX.
    """
    found = SwapSet()
    for cell in range(runtime.settings.cells):
        after = 0
        while True:
            async with runtime.database.reading() as connection:
                rows = await applications.decisions(connection, cell, days, after, PAGE)
                numbers = {row.version for row in rows}
                unpackers = {n: await versions.unpacker_of(connection, n) for n in numbers}
            records = [
                (row.version, decode(unpackers[row.version].unpack(row.record)[0])) for row in rows
            ]
            # A page takes a tenth of a second: others are answered meanwhile.
            work = partial(_take, found, records, candidate)
            await versions.work_apart(runtime.database, numbers, work)
            if found.looked_at > DECISIONS_MAX:
                raise Broken(f"more than {DECISIONS_MAX} decisions: ask for fewer days")
            if len(rows) < PAGE:
                break
            after = records[-1][1].case.request.decision
    return found


def _take(
    found: SwapSet,
    records: Sequence[tuple[int, Record]],
    candidate: DecisionEngine,
    own: Mapping[int, DecisionEngine],
) -> None:
    for version, record in records:
        if _decide(own[version], record) != record.decided:
            raise Broken(f"decision {record.case.request.decision} does not replay")
        count_flip(found, candidate, record)


def count_flip(found: SwapSet, candidate: DecisionEngine, record: Record) -> None:
    """Take in how a candidate would have decided a record."""
    again = _decide(candidate, record)
    if isinstance(again, TongtuError):
        found.add(record, FAULT, ())
    else:
        found.add(record, again.outcome.value, again.rules_fired)


def told(found: SwapSet) -> dict[str, Any]:
    """Return a swap set as JSON values, for a row and for people."""
    return {
        "looked_at": found.looked_at,
        "flips": [[before, after, n] for (before, after), n in sorted(found.flips.items())],
        "segments": {
            name: [[before, after, n] for (before, after), n in sorted(flips.items())]
            for name, flips in sorted(found.segments.items())
        },
        "rules": dict(found.rules.most_common()),
        "ways": dict(sorted(found.ways.items())),
    }


def _decide(engine: DecisionEngine, record: Record) -> Decided | TongtuError:
    remaining: dict[ProgramId, int] = {
        program.id: AMOUNT_MINOR_MAX for program in engine.book.programs()
    }
    # Quotas as the decision met them: used up where it says so, ample elsewhere.
    remaining.update(dict.fromkeys(record.decided.exhausted, 0))
    (result,) = engine.decide([record.case], remaining, record.business_date)
    return result
