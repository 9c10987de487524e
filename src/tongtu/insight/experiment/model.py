"""What a price experiment is: its plan, its bounds, where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tongtu.pricing.api import Schedule

# Every process has read, made and proved the arms before the first block begins. So long lies
# between two experiments as well.
LEAD = timedelta(minutes=2)
# The law, the market and the people of a longer time are no longer those of its beginning.
DAYS_MAX = 92
CASES_MAX = 200_000  # a report is held in memory
BLOCKS_PER_ARM_MIN = 2
# An arm is judged by its stop rule once it had so many blocks.
JUDGED_FROM_BLOCKS = 8
# With which chances the arms are drawn is changed at most once in so many blocks.
TURN_BLOCKS = 12
TURNS_MAX = 200


class State(StrEnum):
    """Where an experiment stands."""

    PROPOSED = "proposed"
    WAITING = "waiting"  # approved, its first block has not begun
    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Arm:
    """A grid below the published one: by how much, by band from the safest."""

    name: str
    lower_bps: tuple[int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one person proposes and another approves. Rates in basis points a year."""

    name: str
    why: str
    lender: str
    looks_at: tuple[str, ...]  # what the price follows from (PRICE-07)
    arms: tuple[Arm, ...]  # beside the published grid, which is arm 0
    weights_ppm: tuple[int, ...]  # with which the arms are drawn, the published first
    block_minutes: int
    starts_at: datetime
    ends_at: datetime
    band_bps: int  # how far below the published rate an arm may lie
    floor_bps: tuple[int, int, int, int, int, int, int, int]  # what a loan of a band costs a year
    cases_max: int  # it stops after so many decisions
    loss_ppm_max: int  # or once an arm surely earns so much less than the published grid
    least_chance_ppm: int = 0  # above 0: it learns; each arm keeps this chance


@dataclass(frozen=True, slots=True)
class Experiment:
    """A plan with the grids made of it, and what became of it."""

    id: int
    plan: Plan
    published_sha256: bytes
    grids: tuple[str, ...]
    schedule: Schedule
    proposed_by: int
    proposed_at: datetime
    approval: int | None
    approved_at: datetime | None
    stopped_at: datetime | None
    stopped_by: int | None
    stopped_why: str | None

    def state(self, now: datetime) -> State:
        """Return where it stands at an instant."""
        if self.approved_at is None:
            return State.PROPOSED
        if self.stopped_at is not None:
            return State.STOPPED
        if now < self.plan.starts_at:
            return State.WAITING
        return State.RUNNING if now < self.plan.ends_at else State.ENDED
