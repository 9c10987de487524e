"""Learning which published grid earns most: Thompson draws over grids, a block at a time.

What is learnt is the mean reward of a whole grid. No acceptance of any one person enters a price.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_DRAWS = 512  # with which the chance of each grid is told


class Draw(Protocol):
    """Where the randomness comes from: the caller's seeded generator."""

    def standard_normal(self, size: tuple[int, int]) -> Floats: ...


class GridLearner:
    """Mean and spread of each grid's reward a block; every grid keeps a least chance."""

    def __init__(self, grids: int, least_chance: float, prior_spread: float) -> None:
        """Begin knowing nothing but how far two grids may lie apart."""
        self.grids, self.least_chance, self.prior_spread = grids, least_chance, prior_spread
        self._n = np.zeros(self.grids)
        self._sum = np.zeros(self.grids)
        self._squares = np.zeros(self.grids)

    def chances(self, draw: Draw) -> Floats:
        """Return the chance of each grid in the next block; what is logged as its propensity."""
        mean = np.where(self._n > 0, self._sum / np.maximum(self._n, 1), 0.0)
        best = float(mean.max())
        spread = np.array([self._spread(grid) for grid in range(self.grids)])
        mean = np.where(self._n > 0, mean, best)
        draws = mean + spread * draw.standard_normal((_DRAWS, self.grids))
        won = np.bincount(draws.argmax(axis=1), minlength=self.grids) / _DRAWS
        found: Floats = self.least_chance + (1 - self.grids * self.least_chance) * won
        return found

    def learn(self, grid: int, reward: float) -> None:
        """Take the reward of one block under a grid."""
        self._n[grid] += 1
        self._sum[grid] += reward
        self._squares[grid] += reward * reward

    def _spread(self, grid: int) -> float:
        n = float(self._n[grid])
        if n < 2:
            return self.prior_spread
        mean = self._sum[grid] / n
        variance = max(self._squares[grid] / n - mean * mean, 0.0) * n / (n - 1)
        return math.sqrt((variance + self.prior_spread**2 / n) / n)
