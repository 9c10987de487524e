"""Trains the points table: evidence of every cut column, weights that keep their sign, points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import Floats
from tongtu.risk.rules.steps import (
    ODDS,
    PER_POINT,
    POINTS_AT_ODDS,
    PointsTable,
    Steps,
)
from tongtu.risk.study.binning import Cut
from tongtu.risk.training.logistic import Fit, regress_same_sign

Outcomes = NDArray[np.bool_]

# Evidence weaker than this cannot be told from chance.
VALUE_MIN = 0.01


@dataclass(frozen=True, slots=True)
class Champion:
    """A fitted champion before calibration."""

    cuts: tuple[Cut, ...]
    kept: tuple[int, ...]  # columns
    fit: Fit

    def log_odds(self, cells: Floats) -> Floats:
        """Return the log-odds of going bad of rows of cells, (columns, rows)."""
        return -self.fit.log_odds(_evidence(self.cuts, self.kept, cells))

    def table(self, shift: float, slope: float) -> PointsTable:
        """Return the points table of shift + slope x these log-odds of going bad."""
        constant = shift - slope * self.fit.constant
        base = round(POINTS_AT_ODDS - (constant + math.log(ODDS)) / PER_POINT)
        parts = []
        for weight, used in zip(self.fit.weights, self.fit.kept, strict=True):
            place = self.kept[used]
            bins = self.cuts[place].bins
            points = [round(slope * weight * one.woe / PER_POINT) for one in bins]
            rows = [one.good + one.bad for one in bins]
            average = sum(n * p for n, p in zip(rows, points, strict=True)) / sum(rows)
            lows = tuple(one.low for one in bins[1:])
            parts.append(Steps(place, lows, tuple(points), round(average)))
        return PointsTable(base, parts)


def fit_champion(cuts: Sequence[Cut], cells: Floats, is_bad: Outcomes) -> Champion:
    """Return the champion that these rows teach."""
    kept = tuple(n for n, one in enumerate(cuts) if one.value >= VALUE_MIN) or (
        max(range(len(cuts)), key=lambda n: cuts[n].value),
    )
    fit = regress_same_sign(_evidence(cuts, kept, cells), ~is_bad)
    return Champion(tuple(cuts), kept, fit)


def _evidence(cuts: Sequence[Cut], kept: Sequence[int], cells: Floats) -> Floats:
    return np.column_stack([cuts[n].encode(cells[n]) for n in kept])
