"""Trying grids by time block: in one block everybody of equal risk has the same price."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tongtu.pricing.model import (
    PPM,
    BadGrid,
    Drawn,
    Experiment,
    Schedule,
    Shown,
    Steps,
    Turn,
    check_features,
)
from tongtu.pricing.rules.grid import check_grid

GRIDS_MAX = 8
BLOCK_MINUTES_MIN = 15  # shorter ones let two people at one table pay two prices


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def block_at(schedule: Schedule, instant: datetime) -> int:
    """Return the block an instant lies in; a block's first instant is its own."""
    return (instant - _EPOCH) // timedelta(minutes=schedule.block_minutes)


def draw_arm(schedule: Schedule, block: int) -> Drawn | None:
    """Return the arm of a block, drawn from block and name alone; None outside the schedule.

    Whoever asks gets the same: two processes, and an auditor years later.
    """
    if not schedule.first_block <= block <= schedule.last_block:
        return None
    weights = next(one for one in reversed(schedule.turns) if one.first_block <= block).weights_ppm
    name = f"{schedule.name}|{block}".encode()
    at = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") % PPM
    for place, weight in enumerate(weights):
        if at < weight:
            return Drawn(place, weight)
        at -= weight
    raise AssertionError("the chances sum to one")


def check_schedule(schedule: Schedule, arms: int) -> None:
    """Refuse chances that do not sum to one, blocks that are too short, or an end before the start.

    Raises:
        BadGrid.
    """
    firsts = [turn.first_block for turn in schedule.turns]
    is_sound = (
        1 <= arms <= GRIDS_MAX
        and schedule.block_minutes >= BLOCK_MINUTES_MIN
        and schedule.last_block >= schedule.first_block
        and firsts[:1] == [schedule.first_block]
        and firsts == sorted(set(firsts))
        and all(
            len(turn.weights_ppm) == arms
            and sum(turn.weights_ppm) == PPM
            and min(turn.weights_ppm) > 0
            for turn in schedule.turns
        )
    )
    if not is_sound:
        raise BadGrid(f"experiment {schedule.name} has chances, blocks or grids that are off")


def check_experiment(
    experiment: Experiment, steps: Steps, floors_ppm: Sequence[int], band_bps: int
) -> None:
    """Refuse grids outside the approved band around the first, or chances that do not sum to one.

    Raises:
        BadGrid.
    """
    first = experiment.grids[0]
    for grid in experiment.grids:
        check_grid(grid, steps, floors_ppm)
        apart = [abs(a - b) for a, b in zip(grid.rate_bps, first.rate_bps, strict=True)]
        if max(apart, default=0) > band_bps:
            raise BadGrid(f"grid {grid.name} leaves the approved band")
    check_schedule(_schedule(experiment), len(experiment.grids))


def grid_of(experiment: Experiment, block: int) -> int:
    """Return the grid in force in a block: drawn from block and name alone, 0 when it is over."""
    drawn = None if experiment.is_killed else draw_arm(_schedule(experiment), block)
    return 0 if drawn is None else drawn.arm


def show(experiment: Experiment, block: int, features: Mapping[str, object]) -> Shown | None:
    """Return the price of a case and what is logged of it; None: no price for the band.

    Raises:
        ForbiddenFeature: a feature that may make no price.
    """
    check_features(features)
    band = features["band"]
    assert isinstance(band, int)
    drawn = None if experiment.is_killed else draw_arm(_schedule(experiment), block)
    place, chance = drawn or (0, PPM)
    rates = experiment.grids[place].rate_bps
    return Shown(block, band, place, rates[band], chance) if 0 <= band < len(rates) else None


def lowered(shown: Shown, grid_bps: Sequence[int]) -> Shown:
    """Return the price lowered to another grid's, never raised."""
    return shown._replace(rate_bps=min(shown.rate_bps, grid_bps[shown.band]))


def _schedule(experiment: Experiment) -> Schedule:
    first, last = experiment.first_block, experiment.last_block
    turns = (Turn(first, experiment.weights_ppm),)
    return Schedule(experiment.id, experiment.block_minutes, first, last, turns)
