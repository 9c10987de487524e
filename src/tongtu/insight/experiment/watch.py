"""Brings an approved experiment into the lane, keeps its stop rule, and lets it learn.

Each process reads the database every second; an experiment begins later than that, so that all have
its arms before its first block. What is stopped is out of the lane before anything else is done.
A fault that passes is tried again at the next turn: a process without arms would ask two prices in
one block. What cannot run over the engine that decides is an alarm, and is not tried again over it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tongtu.insight.experiment import store
from tongtu.insight.experiment.model import CASES_MAX, LEAD, Experiment, State
from tongtu.insight.experiment.report import Learnt, breach, learn, log_of
from tongtu.insight.experiment.turn import next_turn
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import ProgramId
from tongtu.origination.api import (
    PRICE_GRID,
    Arms,
    DecisionEngine,
    DecisionLane,
    TriedCase,
    TriedCases,
    make_arms,
    rule_of,
)
from tongtu.pricing.api import Turn, block_at
from tongtu.risk.api import Level, Reading, sound
from tongtu.runtime.api import Background, Runtime, get_logger

EVERY_S = 1.0
REVIEW_EVERY_S = 60.0
KIND, SUBJECT = "experiment_unusable", "prices"
log = get_logger("price_experiments")


class ExperimentWatch:
    """Follows the experiment in force."""

    def __init__(self, runtime: Runtime, lane: Callable[[], DecisionLane | None]) -> None:
        self._runtime = runtime
        self._lane = lane
        self._making = asyncio.Lock()
        self._follow = Background(
            "price experiments", self.follow, EVERY_S, on_fault=self._note_fault
        )
        self._review = Background("price experiments' stop rule", self.review, REVIEW_EVERY_S)
        self.fault = ""  # why the experiment in force does not run here
        self._is_alarmed: bool | None = None  # None: an earlier process may have been
        self._of = 0  # the experiment in force when it was looked last
        self._ends = 0  # how often one that was in force was not any more
        self._cases: TriedCases | None = None  # of the one that runs
        # The experiment that could not run, and over which engine.
        self._failed: tuple[int, bytes] | None = None

    async def start(self) -> None:
        """Begin to follow."""
        await self._follow.start()
        await self._review.start()

    async def stop(self) -> None:
        """Stop following; the lane keeps the arms it has."""
        await self._review.stop()
        await self._follow.stop()

    def fault_of(self, experiment: int) -> str:
        """Return why an experiment that should run does not run here; empty: it does."""
        return self.fault if experiment == self._of else ""

    async def follow(self) -> None:
        """Make the lane heed what is in force now.

        Raises what may pass: it is tried again.
        """
        lane = self._lane()
        if lane is None:
            return
        found = await self._in_force()
        arms = lane.arms
        if arms is not None and (found is None or arms.experiment != found.id):
            lane.arms = arms = None  # stopped, or over: before anything else is made
        if found is None or self._of not in (0, found.id):
            self._ends += 1
            self.fault = ""
        self._of = 0 if found is None else found.id
        if found is not None and arms is None:
            await self._bring(lane, found)
        elif found is not None and arms is not None and arms.schedule != found.schedule:
            lane.arms = replace(arms, schedule=found.schedule)  # another turn of the same grids
        await self._sound()

    async def _bring(self, lane: DecisionLane, found: Experiment) -> None:
        async with self._making:
            engine = lane.engine
            if (found.id, engine.version.hash) == self._failed:
                return
            made = await self.arms_of(lane, engine)
            # Swapped under us: the swap brought the arms of its own engine.
            if lane.engine is engine and lane.arms is None:
                lane.arms = made

    async def arms_of(self, lane: DecisionLane, engine: DecisionEngine) -> Arms | None:
        """Return the arms of the experiment in force over an engine; None: it cannot run, or none.

        It is approved for one published grid: over another it does not run. Whoever gets them gives
        them to the lane without waiting for anything in between.

        Raises what may pass: a database that is away, a disk that is full.
        """
        ends, found = self._ends, await self._in_force()
        if found is None:
            return None
        try:
            _check_published(engine, found)
            experiment = found.id, found.schedule, found.grids
            made = await make_arms(self._runtime, lane.versions, engine, experiment)
        except Broken as fault:
            log.error("price_experiment_not_run", experiment=found.id, fault=str(fault))
            self.fault, self._failed = str(fault), (found.id, engine.version.hash)
            return None
        self.fault, self._failed = "", None
        # It took a second or two: what was stopped meanwhile is not brought back, nor what was
        # found stopped while this last look was on its way.
        still = await self._in_force()
        is_still = still is not None and still.id == found.id and self._ends == ends
        return made if is_still else None

    async def _note_fault(self, fault: Exception) -> None:
        self.fault = f"{type(fault).__name__}: {fault}"
        await self._sound()

    async def _sound(self) -> None:
        """Keep an alarm open while an experiment cannot run here; clear it once it is over."""
        if not self.fault and self._is_alarmed is False:
            return
        level = Level.ALARM if self.fault else Level.QUIET
        reading = Reading(KIND, SUBJECT, "", float(bool(self.fault)), 0.0, level)
        async with self._runtime.database.transaction() as connection:
            await sound(connection, self._runtime, [reading])
        self._is_alarmed = bool(self.fault)

    async def review(self) -> Learnt | None:
        """Stop what its own rule ends, and let what learns take its next turn."""
        lane, runtime = self._lane(), self._runtime
        found, now = await self._in_force(), runtime.clock.now()
        if lane is None or found is None or found.state(now) is not State.RUNNING:
            return None
        if self._cases is None or self._cases.experiment != found.id:
            self._cases = _cases_of(runtime, found)
        learnt, cases = await report(runtime, lane, found, self._cases)
        why = breach(found.plan, learnt)
        if why is not None:
            async with runtime.database.transaction() as connection:
                await store.stop(connection, found.id, (None, why), now)
            log.warning("price_experiment_stopped", experiment=found.id, why=why)
            await self.follow()
        elif found.plan.least_chance_ppm and cases:
            await self._turn(lane, found, cases, now)
        return learnt

    async def _turn(
        self, lane: DecisionLane, found: Experiment, cases: list[TriedCase], now: datetime
    ) -> None:
        programs = programs_of(lane, found)
        # It begins when every process has read it.
        block = block_at(found.schedule, now + LEAD) + 1
        columns = log_of(found.plan, programs, cases)
        turn = next_turn(found.schedule, columns, block, found.plan.least_chance_ppm)
        if turn is not None:
            async with self._runtime.database.transaction() as connection:
                await store.write_turn(connection, found.id, Turn(*turn), len(cases), now)

    async def _in_force(self) -> Experiment | None:
        async with self._runtime.database.reading() as connection:
            return await store.in_force(connection, self._runtime.clock.now())


def _check_published(engine: DecisionEngine, found: Experiment) -> None:
    published = rule_of(engine, PRICE_GRID).encode()
    if hashlib.sha256(published).digest() != found.published_sha256:
        raise Broken("another price grid was published since")


async def report(
    runtime: Runtime, lane: DecisionLane, found: Experiment, known: TriedCases | None = None
) -> tuple[Learnt | None, list[TriedCase]]:
    """Return what an experiment taught so far, and the cases that tell it; in a thread.

    `known` has what was read of it before.

    Raises:
        Broken: its lender has left the book.
    """
    cases = await (known or _cases_of(runtime, found)).read(runtime, lane.versions)
    programs = programs_of(lane, found)
    return await asyncio.to_thread(learn, found.plan, programs, cases), cases


def _cases_of(runtime: Runtime, found: Experiment) -> TriedCases:
    zone = runtime.settings.zone
    days = business_date_of(found.plan.starts_at, zone), business_date_of(found.plan.ends_at, zone)
    return TriedCases(found.id, days, CASES_MAX)


def programs_of(lane: DecisionLane, found: Experiment) -> frozenset[ProgramId]:
    """Return the programs an experiment prices. Raises Broken: its lender has left the book."""
    for lender in lane.engine.book.lenders:
        if lender.id == found.plan.lender:
            return frozenset(program.id for program in lender.programs)
    raise Broken(f"{found.plan.lender} is in no book any more")
