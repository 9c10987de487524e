"""Logistic regression by Newton's method with a small ridge, and weights that keep their sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import Broken

Floats = NDArray[np.float64]
Outcomes = NDArray[np.bool_]

# The ridge on each weight (not on the constant): related features share what they know.
RIDGE = 1.0
STEPS_MAX = 50
CLOSE = 1e-10
# A weight below this would turn a feature's direction around; the feature is left out.
WEIGHT_MIN = 0.02


@dataclass(frozen=True, slots=True)
class Fit:
    """log-odds of good = constant + the weighted evidence of the kept columns."""

    constant: float
    weights: tuple[float, ...]
    kept: tuple[int, ...]

    def log_odds(self, evidence: Floats) -> Floats:
        """Return the log-odds of good for rows of evidence (rows, all columns)."""
        odds: Floats = self.constant + evidence[:, list(self.kept)] @ np.array(self.weights)
        return odds


def regress(evidence: Floats, is_good: Outcomes, ridge: float = RIDGE) -> Floats:
    """Return the constant and the weights. Raises Broken when Newton's method does not settle."""
    rows, width = evidence.shape
    design = np.column_stack([np.ones(rows), evidence])
    penalty = np.diag([0.0, *[ridge] * width])
    weights = np.zeros(width + 1)
    for _ in range(STEPS_MAX):
        chance = 1.0 / (1.0 + np.exp(-(design @ weights)))
        gradient = design.T @ (is_good - chance) - penalty @ weights
        spread = chance * (1.0 - chance)
        step = np.linalg.solve(design.T @ (design * spread[:, None]) + penalty, gradient)
        weights += step
        if np.abs(step).max() < CLOSE:
            return weights
    raise Broken("the regression did not settle", code="training_failed")


def regress_same_sign(evidence: Floats, is_good: Outcomes) -> Fit:
    """Fit, leaving out the column that most turns against its evidence until none does."""
    kept = list(range(evidence.shape[1]))
    while True:
        constant, *weights = regress(evidence[:, kept], is_good).tolist()
        if not weights or min(weights) >= WEIGHT_MIN:
            return Fit(constant, tuple(weights), tuple(kept))
        kept.pop(weights.index(min(weights)))
