"""Brings the decision lane up when a model is there, and follows the registry from then on.

A model that moved decides from the next batch on, without a restart; models that are stopped score
no more, whatever else is wrong with any model. What cannot be used is left out (`standing`), told
by an alarm, and tried again. A change is heard of (LISTEN), or seen by the file that training
writes; the registry is asked every thirty seconds, and each second only while nothing is heard. A
look that failed is repeated, soon and then less often. That the models are stopped waits for none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from pathlib import Path

import asyncpg

from tongtu.channels.rest.parts import Parts
from tongtu.journey.api import decision_lane
from tongtu.kernel.errors import TongtuError
from tongtu.main.standing import Place, load_standing, readings
from tongtu.risk.api import (
    MODELS_CHANNEL,
    BadModel,
    NoModel,
    adopt,
    is_stopped,
    rules_before,
    sound,
    trained_mark,
)
from tongtu.runtime.api import Listener, Settings, get_logger
from tongtu.tables.api import rules_root

TICK_S = 1.0
# Nothing should be left to find by then.
LOOK_EVERY_S = 30.0
# What could not be used may be mended meanwhile.
MEND_EVERY_S = 30.0
# After a look that failed; twice as long after each more, up to LOOK_EVERY_S.
AGAIN_AFTER_S = 2.0
_FAILURES_COUNTED = 4  # as many doublings reach LOOK_EVERY_S
log = get_logger("models")


def rules_folder(settings: Settings) -> Path:
    """Return the folder of everything a business person edits but the packs."""
    return rules_root() if settings.rules is None else Path(settings.rules)


class ModelWatch:
    """Waits for the first trained model, starts the lane with it, and keeps it as registered."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks: list[asyncio.Task[None]] = []
        self._looking, self._switching = asyncio.Lock(), asyncio.Lock()
        self._hashes: tuple[str, str, str] | None = None
        self._fault = ""  # of the model trained last; said once
        self._mend_at_s: float | None = None  # when to try again what could not be used
        self._heard, self._news = asyncio.Event(), asyncio.Event()
        self._listener = Listener(parts.runtime.database, MODELS_CHANNEL, self._heard.set)
        self._mark: tuple[int, int] | None = None  # of the model trained last, when it was looked
        self._looked_s = 0.0
        self._failures = 0  # looks that failed, one after the other
        self._again_s = 0.0

    async def start(self) -> None:
        """Start the lane now if a model is there; keep looking in the background.

        Raises what is wrong with the release's own pack and rules.
        """
        try:
            if not await self.look():
                log.info("no_model_yet", mend="tongtu train")
        except (NoModel, BadModel) as fault:
            log.error("first_model_not_usable", fault=str(fault), mend="tongtu train")
        self._parts.on_models = self._follow
        await self._listener.start()
        self._tasks = [
            asyncio.create_task(self._watch(), name="model watch"),
            asyncio.create_task(self._hear(), name="model hearing"),
            asyncio.create_task(self._heed_news(), name="model news"),
        ]

    async def stop(self) -> None:
        """Stop looking, and stop the lane after what waits in it."""
        await self._listener.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        lane, self._parts.decisions = self._parts.decisions, None
        if lane is not None:
            await lane.stop()

    async def look(self) -> bool:
        """Tell whether a lane stands, after making it what the registry says."""
        runtime = self._parts.runtime
        self._mark = trained_mark(runtime.settings.home)
        self._looked_s = runtime.clock.monotonic_s()
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
        if found.hashes == self._hashes and not self._is_mending():
            return True
        place = Place(runtime, parts.pack.id, rules_folder(runtime.settings))
        async with runtime.database.reading() as connection:
            earlier = await rules_before(connection)
        loaded = await asyncio.to_thread(load_standing, place, found, earlier)
        engine = loaded.engine
        if parts.decisions is None:
            lane = decision_lane(runtime, engine)
            lane.rules_only, lane.arms_of = found.is_stopped, parts.arms_of
            await lane.start()
            parts.decisions = lane
            await self._heed_switch()  # a stop while the model was loading
        elif engine.version.hash != parts.decisions.engine.version.hash:
            await parts.decisions.swap(engine)
        async with runtime.database.transaction() as connection:
            await sound(connection, runtime, readings(found, loaded.faults))
        self._note(loaded.faults)
        self._hashes = found.hashes
        version = engine.version
        hashes = (version.model_hash, version.challenger_hash, version.rules_hash)
        champion, challenger, rules = (one[:12] for one in hashes)
        log.info("deciding", model=champion, challenger=challenger, rules=rules, pack=parts.pack.id)
        return True

    def _is_mending(self) -> bool:
        now_s = self._parts.runtime.clock.monotonic_s()
        return self._mend_at_s is not None and now_s >= self._mend_at_s

    def _note(self, faults: Mapping[str, str]) -> None:
        now_s = self._parts.runtime.clock.monotonic_s()
        self._mend_at_s = now_s + MEND_EVERY_S if faults else None
        if faults != self._parts.model_faults:
            for part, fault in faults.items():
                log.error("not_usable", part=part, fault=fault, mend="tongtu doctor")
        self._parts.model_faults = faults

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                if await self._parts.is_stopping_within(TICK_S):
                    return
            if self.is_due():
                await self._follow()

    async def _hear(self) -> None:
        """Heed the switch whatever is loading, then let somebody look."""
        while True:
            await self._heard.wait()
            self._heard.clear()
            await self._told(self._heed_switch())
            self._news.set()

    async def _heed_news(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._follow()

    def is_due(self) -> bool:
        """Tell whether to look without having heard: another file, no hearing, failed, long ago."""
        runtime = self._parts.runtime
        now_s = runtime.clock.monotonic_s()
        return (
            not self._listener.is_hearing
            or trained_mark(runtime.settings.home) != self._mark
            or now_s - self._looked_s >= LOOK_EVERY_S
            or (self._failures > 0 and now_s >= self._again_s)
        )

    async def _follow(self) -> None:
        """Look, and log what is wrong: the command that changed the registry stands committed."""
        if await self._told(self.look()):
            self._failures = 0
            return
        pause_s = min(LOOK_EVERY_S, AGAIN_AFTER_S * 2**self._failures)
        self._again_s = self._parts.runtime.clock.monotonic_s() + pause_s
        self._failures = min(self._failures + 1, _FAILURES_COUNTED)

    async def _told(self, work: Awaitable[object]) -> bool:
        """Tell whether it was done; log what is wrong with it."""
        try:
            await work
        except Exception as fault:
            log.error("model_not_usable", fault=str(fault), exc_info=_unforeseen(fault))
            return False
        return True


def _unforeseen(fault: Exception) -> Exception | None:
    """Return a fault whose trace is wanted: one that has no name."""
    named = (TongtuError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
    return None if isinstance(fault, named) else fault
