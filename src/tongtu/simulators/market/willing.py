"""The simulated truth of who accepts which price. Nothing that makes a price may import it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Truth:
    """Acceptance falls with the rate; the eager mind it less. Loss given default included."""

    default_ppm: tuple[int, ...]
    middle_bps: tuple[int, ...]  # the rate at which half of a band accepts
    slope_bps: int = 260
    eager_bps: int = 350  # how much more the eager would bear
    funding_bps: int = 280
    loss_ppm: int = 650_000

    def accept(self, band: Ints, rate_bps: Ints, eager: NDArray[np.bool_]) -> Floats:
        """Return the chance that each accepts."""
        middle = np.array(self.middle_bps)[band] + self.eager_bps * eager
        found: Floats = 1.0 / (1.0 + np.exp((rate_bps - middle) / self.slope_bps))
        return found

    def margin(self, band: Ints, rate_bps: Ints) -> Floats:
        """Return what an accepted loan earns of its amount in a year."""
        loss = np.array(self.default_ppm)[band] * self.loss_ppm / 1e12
        found: Floats = (rate_bps - self.funding_bps) / 10_000 - loss
        return found

    def mean_reward(self, weights: Floats, rate_bps: Ints, eager_share: float) -> float:
        """Return the true mean reward of a case under a grid, by band weights."""
        band = np.arange(len(rate_bps))
        chance = sum(
            share * self.accept(band, rate_bps, np.full(len(band), is_eager))
            for is_eager, share in ((True, eager_share), (False, 1 - eager_share))
        )
        return float((weights * chance * self.margin(band, rate_bps)).sum() / weights.sum())
