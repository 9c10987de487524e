"""Looks at the newest decisions in the background: drift, challenger, calibration; sounds alarms.

Its progress stands in the database while it looks. It reads; models are moved by persons only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from tongtu.insight.comparison import compare, vintages
from tongtu.insight.overrides import override_reading, tell_overrides
from tongtu.origination.api import DecisionLane, Desk, Judged, judged, rulings_since
from tongtu.risk.api import BANDS, Shift, baseline_of, monitoring, readings_of, shifts, sound
from tongtu.runtime.api import Background, Runtime
from tongtu.servicing.api import late_of

EVERY_S = 300.0
# The newest decisions of a cell; more say the same.
WINDOW = 5_000
# A loan counts as late from its second class of overdue days on (the pack says which day).
LATE_BUCKET = 2
# Persons' decisions looked at, and how far back the alarm looks.
RULINGS_MAX = 5_000
OVERRIDE_DAYS = timedelta(days=30)
VINTAGE_DAYS = timedelta(days=366)


class Monitor:
    """Runs `look` in the background; a model is compared with the rows it learnt from."""

    def __init__(
        self, runtime: Runtime, lane: Callable[[], DecisionLane | None], desk: Desk
    ) -> None:
        self._runtime = runtime
        self._lane = lane
        self._desk = desk
        self._work = Background("monitoring", self.look, EVERY_S)

    async def start(self) -> None:
        """Begin to look."""
        await self._work.start()

    async def stop(self) -> None:
        """Stop; a look that was cut off begins anew."""
        await self._work.stop()

    async def look(self) -> dict[str, Any] | None:
        """Look once and return the report; None: nothing decides yet."""
        lane, runtime = self._lane(), self._runtime
        if lane is None:
            return None
        decisions, is_late = await self._read(lane)
        model = lane.engine.version.model_hash
        own = [one for one in decisions if one.model == model and not one.rules_only]
        moved: Sequence[Shift] = ()
        if own and not lane.engine.is_unscored:
            async with runtime.database.reading() as connection:
                baseline = await baseline_of(connection, model)
            bands = Counter(one.decided.band for one in own)
            counts = [bands[n] for n in range(BANDS)]
            moved = shifts(baseline, counts, lane.engine.champion.columns_of([o.row for o in own]))
        report = {
            "model": model,
            "decisions": len(decisions),
            "by_model": len(own),
            "rules_only": sum(one.rules_only for one in decisions),
            "outcomes": Counter(one.decided.outcome.value for one in decisions),
            "shifts": [[one.name, one.value, one.level.value] for one in moved],
            "champion_and_challenger": compare(own, is_late),
            "vintages": vintages(own, is_late),
        }
        report["overrides"], recent = await self._overrides()
        async with runtime.database.transaction() as connection:
            readings = [*readings_of(model, moved), override_reading(recent, self._desk)]
            await sound(connection, runtime, readings)
            await monitoring.finish(connection, report, runtime.clock.now())
        return report

    async def _overrides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what persons decided in a year, and in the days the alarm looks at."""
        runtime, at = self._runtime, self._runtime.clock.now()
        async with runtime.database.transaction() as connection:
            rulings = await rulings_since(connection, at - VINTAGE_DAYS, RULINGS_MAX)
            is_late: dict[int, bool] = {}
            for cell in range(runtime.settings.cells):
                asked = [one.application for one in rulings if runtime.cell(one.id) == cell]
                is_late |= await late_of(connection, cell, asked, LATE_BUCKET)

        def name_of(staff: int) -> str:
            return runtime.public.show("staff", staff)

        recent = [one for one in rulings if one.decided_at >= at - OVERRIDE_DAYS]
        return tell_overrides(rulings, is_late, name_of), tell_overrides(recent, is_late, name_of)

    async def _read(self, lane: DecisionLane) -> tuple[list[Judged], dict[int, bool]]:
        runtime = self._runtime
        cells = runtime.settings.cells
        async with runtime.database.transaction() as connection:
            await monitoring.begin(connection, cells * WINDOW, runtime.clock.now())
        decisions: list[Judged] = []
        is_late: dict[int, bool] = {}
        for cell in range(cells):
            async for page in judged(runtime, lane.versions, cell, WINDOW):
                decisions += page
                async with runtime.database.transaction() as connection:
                    asked = [one.application for one in page]
                    is_late |= await late_of(connection, cell, asked, LATE_BUCKET)
                    await monitoring.advance(connection, len(decisions))
        return decisions, is_late
