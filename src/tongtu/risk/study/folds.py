"""Divides rows into folds of equal shares of bad cases, and into earlier and later ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput
from tongtu.risk.rules.cells import Floats

Outcomes = NDArray[np.bool_]
# Whole periods are held out, the last ones, until they hold this share of the rows.
LATER_SHARE_MIN = 0.25
# More distinct times than this are days or instants: the last share of the rows is held out.
PERIODS_MAX = 60


def divide(is_bad: Outcomes, folds: int, seed: int) -> NDArray[np.int64]:
    """Return each row's fold."""
    draw = np.random.default_rng(seed)  # house: seam - the seed is part of a study
    fold = np.empty(len(is_bad), np.int64)
    for outcome in (False, True):
        rows = np.flatnonzero(is_bad == outcome)
        fold[draw.permutation(rows)] = np.arange(len(rows)) % folds
    return fold


def later(time: Floats) -> Outcomes:
    """Return which rows are held out as later ones. Raises BadInput when time stands still."""
    periods, counts = np.unique(time, return_counts=True)
    if len(periods) < 2:
        raise BadInput("all rows are of one time", code="bad_time")
    if len(periods) > PERIODS_MAX:
        line = np.quantile(time, 1 - LATER_SHARE_MIN)
        return np.asarray(time > line if (time > line).any() else time >= line)
    shares = np.cumsum(counts[::-1])[::-1] / len(time)
    begins = int(np.flatnonzero(shares >= LATER_SHARE_MIN)[-1])
    return np.asarray(time >= periods[max(1, begins)])
