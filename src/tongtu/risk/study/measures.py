"""What an engine is worth on rows it did not see; accuracy stands beside the majority rate only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import Floats
from tongtu.risk.training.metrics import Metrics, measure

Outcomes = NDArray[np.bool_]
COSTS = 2_000


@dataclass(frozen=True, slots=True)
class Worth:
    """The mean AUC over folds with its deviation; everything else over all their rows together."""

    auc: float
    auc_deviation: float
    h: float
    pooled: Metrics

    def rounded(self) -> dict[str, float]:
        """Return the figures with 6 decimals, as a manifest holds them."""
        return self.pooled.rounded() | {
            "auc": round(self.auc, 6),
            "auc_deviation": round(self.auc_deviation, 6),
            "gini": round(2 * self.auc - 1, 6),
            "h": round(self.h, 6),
        }


def worth(folds: Sequence[tuple[Floats, Outcomes]]) -> Worth:
    """Return what probabilities are worth, given by untouched fold with the outcomes."""
    pd = np.concatenate([one[0] for one in folds])
    is_bad = np.concatenate([one[1] for one in folds])
    areas = [measure(*one).auc for one in folds]
    return Worth(
        float(np.mean(areas)), float(np.std(areas)), h_measure(pd, is_bad), measure(pd, is_bad)
    )


def h_measure(pd: Floats, is_bad: Outcomes) -> float:
    """Return Hand's H: the share of the loss without a model that this one saves.

    Costs are spread by the prior Beta(1 + share of bad, 1 + share of good) (Hand and
    Anagnostopoulos 2014); the integral is taken at 2,000 midpoints.
    """
    share = float(is_bad.mean())
    false_alarms, hits = _curve(pd, is_bad)
    cost = (np.arange(COSTS) + 0.5) / COSTS  # of a good case taken for a bad one
    log_weight = share * np.log(cost) + (1 - share) * np.log1p(-cost)
    log_weight -= math.lgamma(1 + share) + math.lgamma(2 - share) - math.lgamma(3)
    weight = np.exp(log_weight) / COSTS
    least = np.full(COSTS, np.inf)
    for alarm, hit in zip(false_alarms, hits, strict=True):
        loss = cost * (1 - share) * alarm + (1 - cost) * share * (1 - hit)
        np.minimum(least, loss, out=least)
    without = np.minimum(cost * (1 - share), (1 - cost) * share)
    return 1.0 - float((least * weight).sum()) / float((without * weight).sum())


def _curve(pd: Floats, is_bad: Outcomes) -> tuple[Floats, Floats]:
    """Return the corners of the convex hull of the ROC curve: no other point is ever best."""
    _, place = np.unique(-pd, return_inverse=True)
    bad = np.cumsum(np.bincount(place, is_bad)) / is_bad.sum()
    good = np.cumsum(np.bincount(place, ~is_bad)) / (~is_bad).sum()
    hull: list[tuple[float, float]] = [(0.0, 0.0)]
    for point in zip(good.tolist(), bad.tolist(), strict=True):
        while len(hull) > 1 and _is_below(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.array([x for x, _ in hull]), np.array([y for _, y in hull])


def _is_below(
    first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]
) -> bool:
    rise = (middle[0] - first[0]) * (last[1] - first[1])
    return rise >= (middle[1] - first[1]) * (last[0] - first[0])


def wilson(right: int, rows: int, z: float = 1.959964) -> float:
    """Return the lower bound of the share right / rows (Wilson, 95 % two-sided)."""
    if not rows:
        return 0.0
    share = right / rows
    spread = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return (share + z * z / (2 * rows) - spread) / (1 + z * z / rows)
