"""The champion at run time: a points table over cells, by the standard library or by columns.

A column's points are a step function of its cell. NaN comes last in every order used here (bisect,
searchsorted), so the last step is the missing value's. Points are whole numbers: one row, a batch
and the reloaded file agree exactly.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.model import BadModel
from tongtu.risk.rules.cells import Floats

POINTS_AT_ODDS = 600
ODDS = 20
_LOG_ODDS = math.log(ODDS)
POINTS_PER_DOUBLING = 20
# One point, in log-odds of going bad.
PER_POINT = math.log(2) / POINTS_PER_DOUBLING
# Rows that are scored together: their bins stay in the processor's cache.
CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class Steps:
    """A column's points: `points[n]` from `lows[n-1]` on; the last low is infinity: missing."""

    place: int
    lows: tuple[float, ...]
    points: tuple[int, ...]
    average: int


def log_odds_of(points: float) -> float:
    """Return the log-odds of going bad that points stand for."""
    return -math.log(ODDS) - (points - POINTS_AT_ODDS) * PER_POINT


def points_of(log_odds: float) -> int:
    """Return the points that stand for log-odds of going bad."""
    return round(POINTS_AT_ODDS - (log_odds + _LOG_ODDS) / PER_POINT)


class PointsTable:
    """A loaded points table."""

    __slots__ = ("_lows", "_points", "average", "base", "least", "log_odds", "most", "parts")

    def __init__(self, base: int, parts: Sequence[Steps]) -> None:
        self.base = base
        self.parts = tuple(parts)
        self.least = base + sum(min(part.points) for part in parts)
        self.most = base + sum(max(part.points) for part in parts)
        self.average = base + sum(part.average for part in parts)
        # The log-odds of every total there is, by one formula for one row and for a batch.
        self.log_odds = [log_odds_of(total) for total in range(self.least, self.most + 1)]
        self._lows = [np.array(part.lows) for part in parts]
        self._points = [np.array(part.points, np.int32) for part in parts]

    def total(self, cells: Sequence[float]) -> int:
        """Return the points of one row."""
        total = self.base
        for part in self.parts:
            total += part.points[bisect_right(part.lows, cells[part.place])]
        return total

    def losses(self, cells: Sequence[float]) -> list[tuple[int, int]]:
        """Return (column, points fewer than the average gets) of one row."""
        return [
            (part.place, part.average - part.points[bisect_right(part.lows, cells[part.place])])
            for part in self.parts
        ]

    def totals(self, cells: Floats) -> NDArray[np.int64]:
        """Return the points of many rows; cells are (columns, rows)."""
        rows = cells.shape[1]
        totals = np.empty(rows, np.int64)
        for start in range(0, rows, CHUNK):
            end = min(start + CHUNK, rows)
            total = np.full(end - start, self.base, np.int32)
            for part, lows, points in zip(self.parts, self._lows, self._points, strict=True):
                place = np.searchsorted(lows, cells[part.place, start:end], side="right")
                total += points[place]
            totals[start:end] = total
        return totals

    def losses_of(self, cells: Floats) -> NDArray[np.int64]:
        """Return the points fewer than average of many rows, (columns, rows)."""
        losses = np.zeros(cells.shape, np.int64)
        for part, lows, points in zip(self.parts, self._lows, self._points, strict=True):
            place = np.searchsorted(lows, cells[part.place], side="right")
            losses[part.place] = part.average - points[place]
        return losses

    def written(self) -> dict[str, Any]:
        """Return the table as a JSON value."""
        return {
            "base_points": self.base,
            "scale": {
                "points": POINTS_AT_ODDS,
                "odds": ODDS,
                "points_per_doubling": POINTS_PER_DOUBLING,
            },
            "parts": [
                {
                    "column": part.place,
                    "lows": list(part.lows[:-1]),
                    "points": list(part.points),
                    "average_points": part.average,
                }
                for part in self.parts
            ],
        }

    @classmethod
    def load(cls, value: Any, columns: int) -> PointsTable:
        """Return the table of a JSON value. Raises BadModel."""
        try:
            parts = [_load_part(one, columns) for one in value["parts"]]
            base = value["base_points"]
        except (KeyError, TypeError, ValueError) as error:
            raise BadModel("a model's points table cannot be read") from error
        if type(base) is not int or not parts:
            raise BadModel("a points table holds whole numbers")
        return cls(base, parts)


def _load_part(one: Any, columns: int) -> Steps:
    lows = [float(low) for low in one["lows"]]
    points = one["points"]
    if lows != sorted(set(lows)) or not all(map(math.isfinite, lows)):
        raise BadModel("the steps of a points table do not ascend")
    if len(points) != len(lows) + 2 or not 0 <= one["column"] < columns:
        raise BadModel("a points table has one value for each step")
    if any(type(point) is not int for point in [*points, one["average_points"]]):
        raise BadModel("a points table holds whole numbers")
    return Steps(one["column"], (*lows, math.inf), tuple(points), one["average_points"])
