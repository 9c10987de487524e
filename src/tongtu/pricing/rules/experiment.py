"""Trying grids by time block: in one block everybody of equal risk has the same price."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tongtu.pricing.model import PPM, BadGrid, Experiment, Shown, Steps, check_features
from tongtu.pricing.rules.grid import check_grid

GRIDS_MAX = 8
BLOCK_MINUTES_MIN = 15  # shorter ones let two people at one table pay two prices


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
    weights = experiment.weights_ppm
    if (
        len(experiment.grids) > GRIDS_MAX
        or len(weights) != len(experiment.grids)
        or sum(weights) != PPM
        or min(weights) <= 0
        or experiment.block_minutes < BLOCK_MINUTES_MIN
        or experiment.last_block < experiment.first_block
    ):
        raise BadGrid(f"experiment {experiment.id} has chances, blocks or grids that are off")


def grid_of(experiment: Experiment, block: int) -> int:
    """Return the grid in force in a block: drawn from block and name alone, 0 when it is over."""
    if experiment.is_killed or not experiment.first_block <= block <= experiment.last_block:
        return 0
    name = f"{experiment.id}|{block}".encode()
    at = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") % PPM
    for place, weight in enumerate(experiment.weights_ppm):
        if at < weight:
            return place
        at -= weight
    raise AssertionError("the chances sum to one")


def show(experiment: Experiment, block: int, features: Mapping[str, object]) -> Shown | None:
    """Return the price of a case and what is logged of it; None: no price for the band.

    Raises:
        ForbiddenFeature: a feature that may make no price.
    """
    check_features(features)
    band, place = features["band"], grid_of(experiment, block)
    assert isinstance(band, int)
    rates = experiment.grids[place].rate_bps
    if not 0 <= band < len(rates):
        return None
    is_drawn = not experiment.is_killed and (
        experiment.first_block <= block <= experiment.last_block
    )
    chance = experiment.weights_ppm[place] if is_drawn else PPM
    return Shown(block, band, place, rates[band], chance)


def lowered(shown: Shown, grid_bps: Sequence[int]) -> Shown:
    """Return the price lowered to another grid's, never raised."""
    return shown._replace(rate_bps=min(shown.rate_bps, grid_bps[shown.band]))
