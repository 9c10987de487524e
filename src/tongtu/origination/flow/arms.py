"""The engines of a price experiment: one a grid, in turn by time block, for everybody alike.

An arm is the engine that decides anyway with another price grid, so each is a version of its own.
Which one decides follows from the instant a batch is decided at: every process picks the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tongtu.origination.flow.assembly import PRICE_GRID, restore_engine
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Tried
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Packer
from tongtu.pricing.api import Schedule, block_at, draw_arm
from tongtu.runtime.api import Runtime


class Acting(NamedTuple):
    """What decides a batch: engine, number and packer of one version; what is tried by it."""

    engine: DecisionEngine
    number: int
    packer: Packer
    tried: Tried | None = None


@dataclass(frozen=True, slots=True)
class Arms:
    """An experiment ready to run: `arms[0]` is the published grid, what decides anyway."""

    experiment: int
    schedule: Schedule
    arms: tuple[Acting, ...]

    def at(self, instant: datetime) -> Acting | None:
        """Return what decides at an instant; None outside the experiment's time."""
        block = block_at(self.schedule, instant)
        drawn = draw_arm(self.schedule, block)
        if drawn is None:
            return None
        tried = Tried(self.experiment, block, drawn.arm, drawn.propensity_ppm)
        return self.arms[drawn.arm]._replace(tried=tried)


async def make_arms(
    runtime: Runtime,
    versions: Versions,
    engine: DecisionEngine,
    experiment: tuple[int, Schedule, Sequence[str]],
) -> Arms:
    """Return the arms over an engine that decides or is about to: loaded, proved, registered.

    `experiment` is its id, its schedule and a whole grid for each arm but the first.

    Raises:
        BadBook, BadTable: a grid that no engine can be made with.
    """
    identifier, schedule, grids = experiment
    sources, public = engine.version.sources, runtime.public
    engines = [
        await asyncio.to_thread(restore_engine, sources, public, None, {PRICE_GRID: grid})
        for grid in grids
    ]
    made = []
    async with runtime.database.transaction() as connection:
        for one in (engine, *engines):
            number = await versions.number_of(connection, one, runtime.clock.now())
            made.append((one, number))
    arms = tuple(Acting(one, number, versions.keep(one, number)) for one, number in made)
    return Arms(identifier, schedule, arms)
