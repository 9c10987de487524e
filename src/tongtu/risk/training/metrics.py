"""How well probabilities told good from bad: discrimination, calibration, accuracy in context."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

GROUPS = 10


@dataclass(frozen=True, slots=True)
class Metrics:
    """Measured on rows whose outcome is known; accuracy means nothing without the majority."""

    rows: int
    bad: int
    auc: float
    gini: float
    ks: float
    brier: float
    calibration_error: float
    accuracy: float
    majority: float

    def rounded(self) -> dict[str, float]:
        """Return the figures with 6 decimals, as a manifest holds them."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def measure(pd: NDArray[np.float64], is_bad: NDArray[np.bool_]) -> Metrics:
    """Return the metrics of predicted probabilities of going bad."""
    bad = int(is_bad.sum())
    auc, ks = _separation(pd, is_bad)
    return Metrics(
        rows=len(pd),
        bad=bad,
        auc=auc,
        gini=2 * auc - 1,
        ks=ks,
        brier=float(np.mean((pd - is_bad) ** 2)),
        calibration_error=_calibration_error(pd, is_bad),
        accuracy=float(np.mean((pd >= 0.5) == is_bad)),
        majority=max(bad, len(pd) - bad) / len(pd),
    )


def _separation(pd: NDArray[np.float64], is_bad: NDArray[np.bool_]) -> tuple[float, float]:
    """Return AUC (equal scores count half) and the largest gap of the two distributions (KS)."""
    _, place = np.unique(pd, return_inverse=True)
    bad = np.bincount(place, is_bad)
    good = np.bincount(place, ~is_bad)
    good_below = np.cumsum(good) - good
    auc = float(np.sum(bad * (good_below + good / 2)) / (bad.sum() * good.sum()))
    gap = np.cumsum(good) / good.sum() - np.cumsum(bad) / bad.sum()
    return auc, float(gap.max())


def _calibration_error(pd: NDArray[np.float64], is_bad: NDArray[np.bool_]) -> float:
    """Return the mean gap of prediction and outcome over ten groups of equal size (ECE)."""
    order = np.argsort(pd, kind="stable")
    groups = np.array_split(order, GROUPS)
    gaps = [abs(float(pd[g].mean() - is_bad[g].mean())) * len(g) for g in groups if len(g)]
    return sum(gaps) / len(pd)
