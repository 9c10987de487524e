"""Brings the decision lane up when a model is there, and follows the registry from then on.

A model that moved decides from the next batch on, without a restart; models that are stopped score
no more, whatever else is wrong with any model. A model that cannot be read changes nothing: what
stands goes on, and it is logged.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import asyncpg

from tongtu.channels.rest.parts import Parts
from tongtu.journey.api import decision_lane
from tongtu.kernel.errors import TongtuError
from tongtu.origination.api import DecisionEngine, load_engine, restore_engine, shipped_sources
from tongtu.risk.api import Standing, adopt, is_stopped, source_of
from tongtu.runtime.api import Settings, get_logger
from tongtu.tables.api import rules_root

LOOK_EVERY_S = 1.0
log = get_logger("models")


def rules_folder(settings: Settings) -> Path:
    """Return the folder of everything a business person edits but the packs."""
    return rules_root() if settings.rules is None else Path(settings.rules)


class ModelWatch:
    """Waits for the first trained model, starts the lane with it, and keeps it as registered."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._task: asyncio.Task[None] | None = None
        self._looking, self._switching = asyncio.Lock(), asyncio.Lock()
        self._hashes: tuple[str, str, str] | None = None
        self._fault = ""  # of the model trained last; said once

    async def start(self) -> None:
        """Start the lane now if a model is there; keep looking in the background."""
        if not await self.look():
            log.info("no_model_yet", mend="tongtu train")
        self._parts.on_models = self._follow
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
        """Tell whether a lane stands, after making it what the registry says."""
        # At once: a stop waits neither for another model to load nor for one that cannot.
        await self._heed_switch()
        async with self._looking:
            return await self._look()

    async def _heed_switch(self) -> None:
        lane, database = self._parts.decisions, self._parts.runtime.database
        if lane is None:
            return
        async with self._switching, database.reading() as connection:
            lane.rules_only = await is_stopped(connection)

    async def _look(self) -> bool:
        parts = self._parts
        runtime = parts.runtime
        async with runtime.database.transaction() as connection:
            found = await adopt(connection, runtime)
        if found is None:
            return False
        if found.fault != self._fault:
            self._fault = found.fault
            if found.fault:
                log.error("trained_model_not_registered", fault=found.fault)
        if found.hashes == self._hashes:
            return True
        engine = await asyncio.to_thread(self._load, found)
        if parts.decisions is None:
            lane = decision_lane(runtime, engine)
            lane.rules_only = found.is_stopped
            await lane.start()
            parts.decisions = lane
            await self._heed_switch()  # a stop while the model was loading
        else:
            await parts.decisions.swap(engine)
        self._hashes = found.hashes
        champion, challenger, rules = (one[:12] for one in found.hashes)
        log.info("deciding", model=champion, challenger=challenger, rules=rules, pack=parts.pack.id)
        return True

    def _load(self, found: Standing) -> DecisionEngine:
        """Load from the very files, which the version's row keeps for replays to come."""
        runtime, beside = self._parts.runtime, found.challenger
        home = runtime.settings.home
        shipped = shipped_sources(
            source_of(home, found.champion),
            self._parts.pack.id,
            None if beside is None else source_of(home, beside),
        )
        sources = replace(shipped, rules=rules_folder(runtime.settings))
        engine = load_engine(sources, runtime.public)
        if found.rules is None:
            return engine
        # Published rules over the release's: packed with the version like any other file.
        packed, files = engine.version.sources, found.rules.files
        return restore_engine(packed, runtime.public, None, files)

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                if await self._parts.is_stopping_within(LOOK_EVERY_S):
                    return
            await self._follow()

    async def _follow(self) -> None:
        """Look, and log what is wrong: the command that changed the registry stands committed."""
        try:
            await self.look()
        except Exception as fault:
            log.error("model_not_usable", fault=str(fault), exc_info=_unforeseen(fault))


def _unforeseen(fault: Exception) -> Exception | None:
    """Return a fault whose trace is wanted: one that has no name."""
    named = (TongtuError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
    return None if isinstance(fault, named) else fault
