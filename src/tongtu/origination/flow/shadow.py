"""Changed rules beside the lane: every decision is judged by them as well, and they never act.

They follow the stored decisions some seconds behind: what is not in the lane costs it nothing and
can change no answer. What a decision knew stands in its record, so the judgement is the same.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from tongtu.kernel.ids import least_id
from tongtu.origination.flow.assembly import restore_engine
from tongtu.origination.flow.backtest import SwapSet, count_flip, told
from tongtu.origination.flow.lane import DecisionLane
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Record, decode
from tongtu.origination.store import application as applications
from tongtu.risk.api import RuleSet, RuleStatus, note_shadow, rules_standing
from tongtu.runtime.api import Background, Runtime, business_date

EVERY_S = 5.0
PAGE = 500
# A decision's id is older than its commit: one that is this old will not come any more.
SETTLED = timedelta(seconds=30)


class RuleShadow:
    """Follows the decisions with the rules that are in shadow, if there are any."""

    def __init__(self, runtime: Runtime, lane: Callable[[], DecisionLane | None]) -> None:
        self._runtime = runtime
        self._lane = lane
        self._work = Background("rule shadow", self.follow, EVERY_S)
        self._engine: tuple[str, bytes, DecisionEngine] | None = None

    async def start(self) -> None:
        """Begin to follow."""
        await self._work.start()

    async def stop(self) -> None:
        """Stop; what was not counted yet is counted later."""
        await self._work.stop()

    async def follow(self) -> dict[str, Any] | None:
        """Judge what was decided since the last time; return all counts. None: nothing to do."""
        lane, runtime = self._lane(), self._runtime
        async with runtime.database.reading() as connection:
            rules = (await rules_standing(connection)).get(RuleStatus.SHADOW)
            today = await business_date(connection)
        if lane is None or rules is None or rules.shadow is None:
            return None
        engine = await self._engine_of(lane, rules)
        counted = dict(rules.shadow)
        days = (date.fromisoformat(counted["first"]), today)
        until = least_id(runtime.clock.now() - SETTLED)
        for cell in range(runtime.settings.cells):
            after = counted.get("after", {}).get(str(cell), 0)
            while True:
                records = await self._page(lane, cell, days, after)
                settled = [one for one in records if one.case.request.decision < until]
                if settled:
                    found = await asyncio.to_thread(_judge, engine, settled)
                    after = settled[-1].case.request.decision
                    counted = _added(counted, told(found), str(cell), after)
                    async with runtime.database.transaction() as connection:
                        await note_shadow(connection, rules.hash, counted)
                if len(settled) < PAGE:
                    break
        return counted

    async def _page(
        self, lane: DecisionLane, cell: int, days: tuple[date, date], after: int
    ) -> list[Record]:
        async with self._runtime.database.reading() as connection:
            rows = await applications.decisions(connection, cell, days, after, PAGE)
            numbers = {row.version for row in rows}
            unpackers = {n: await lane.versions.unpacker_of(connection, n) for n in numbers}
        return [decode(unpackers[row.version].unpack(row.record)[0]) for row in rows]

    async def _engine_of(self, lane: DecisionLane, rules: RuleSet) -> DecisionEngine:
        """Return what decides now with the rules in shadow in place of its own."""
        version = lane.engine.version
        if self._engine is None or self._engine[:2] != (rules.hash, version.hash):
            engine = await asyncio.to_thread(
                restore_engine, version.sources, self._runtime.public, None, rules.files
            )
            self._engine = rules.hash, version.hash, engine
        return self._engine[2]


def _judge(engine: DecisionEngine, records: list[Record]) -> SwapSet:
    found = SwapSet()
    for record in records:
        count_flip(found, engine, record)
    return found


def _added(
    counted: Mapping[str, Any], more: Mapping[str, Any], cell: str, after: int
) -> dict[str, Any]:
    flips = Counter({(before, then): n for before, then, n in counted.get("flips", ())})
    flips.update({(before, then): n for before, then, n in more["flips"]})
    rules = Counter(counted.get("rules", {}))
    rules.update(more["rules"])
    return {
        **counted,
        "looked_at": counted.get("looked_at", 0) + more["looked_at"],
        "flips": [[before, then, n] for (before, then), n in sorted(flips.items())],
        "rules": dict(rules),
        "after": counted.get("after", {}) | {cell: after},
    }
