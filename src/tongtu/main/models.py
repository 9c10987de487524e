"""Brings the decision lane up when a model is there, and looks for one until it is."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import asyncpg

from tongtu.channels.rest.parts import Parts
from tongtu.journey.api import decision_lane
from tongtu.kernel.errors import TongtuError
from tongtu.origination.api import load_engine, shipped_sources
from tongtu.risk.api import adopt
from tongtu.runtime.api import Settings, get_logger
from tongtu.tables.api import rules_root

LOOK_EVERY_S = 1.0
log = get_logger("models")


def rules_folder(settings: Settings) -> Path:
    """Return the folder of everything a business person edits but the packs."""
    return rules_root() if settings.rules is None else Path(settings.rules)


class ModelWatch:
    """Waits for the first trained model, then starts the lane that decides with it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the lane now if a model is there, else keep looking in the background."""
        if not await self.look():
            log.info("no_model_yet", mend="tongtu train")
            self._task = asyncio.create_task(self._watch(), name="model watch")

    async def stop(self) -> None:
        """Stop looking, and stop the lane after what waits in it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        lane, self._parts.decisions = self._parts.decisions, None
        if lane is not None:
            await lane.stop()

    async def look(self) -> bool:
        """Tell whether a lane stands, after starting it if a model has come."""
        parts = self._parts
        runtime = parts.runtime
        async with runtime.database.transaction() as connection:
            scorecard = await adopt(connection, runtime.settings.home, runtime.clock.now())
        if scorecard is None:
            return False
        # Loaded from the very files, which the version's row keeps for replays to come.
        path = runtime.settings.home / "models" / scorecard.hash[:12] / "scorecard.json"
        shipped = shipped_sources(path, parts.pack.id)
        sources = replace(shipped, rules=rules_folder(runtime.settings))
        engine = await asyncio.to_thread(load_engine, sources, runtime.public)
        lane = decision_lane(runtime, engine)
        await lane.start()
        parts.decisions = lane
        log.info("deciding", model=scorecard.hash[:12], pack=parts.pack.id)
        return True

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                if await self._parts.is_stopping_within(LOOK_EVERY_S):
                    return
            try:
                if await self.look():
                    return
            except (TongtuError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as fault:
                log.error("model_not_usable", fault=str(fault))
