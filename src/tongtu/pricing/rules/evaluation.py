"""Off-policy evaluation: what another way of pricing would have earned, from logged propensities.

IPS weighs each reward by how much likelier the other way would have shown that price; SNIPS divides
by the weights; DR adds a model's guess and corrects it. Each with its 95 % interval. Cases that
share a draw (a time block has one grid for everybody) share its luck too: `cluster` names it, and
the interval is then told by clusters. A case taken for independent would make it too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Z = 1.96


class Estimate(NamedTuple):
    """A mean reward with its interval, and how many independent cases it is worth."""

    value: float
    low: float
    high: float
    effective: float


@dataclass(frozen=True, slots=True)
class Log:
    """Logged cases: context, the arm shown, the chance it had, what it gave, whose draw it shared.

    `cluster` numbers the draws from 0; None: each case had its own.
    """

    context: Ints
    arm: Ints
    propensity: Floats
    reward: Floats
    cluster: Ints | None = None


def ips(log: Log, chances: Floats) -> Estimate:
    """Return the inverse-propensity estimate; `chances[context, arm]` is the other way."""
    weight = _weights(log, chances)
    return _of(weight * log.reward, weight, log.cluster)


def snips(log: Log, chances: Floats) -> Estimate:
    """Return the self-normalised estimate: less spread, a little bias in small logs."""
    weight = _weights(log, chances)
    value = float((weight * log.reward).sum() / weight.sum())
    moved = weight * (log.reward - value) / weight.mean()
    found = _of(moved, weight, log.cluster)
    half = found.high - found.value
    return Estimate(value, value - half, value + half, found.effective)


def doubly_robust(log: Log, chances: Floats) -> Estimate:
    """Return the estimate that a model of each (context, arm) mean carries and weights correct.

    The model of a case is fitted on the other half of the log, so that it never saw the case, nor
    another of its draw.
    """
    weight = _weights(log, chances)
    half = (np.arange(len(log.arm)) if log.cluster is None else log.cluster) % 2
    guesses = [_means(log, half != side, chances.shape) for side in (0, 1)]
    table = np.stack(guesses)[half, log.context]
    guessed = (chances[log.context] * table).sum(axis=1)
    at = table[np.arange(len(log.arm)), log.arm]
    return _of(guessed + weight * (log.reward - at), weight, log.cluster)


def _weights(log: Log, chances: Floats) -> Floats:
    found: Floats = chances[log.context, log.arm] / log.propensity
    return found


def _means(log: Log, rows: NDArray[np.bool_], shape: tuple[int, ...]) -> Floats:
    total, n = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (log.context[rows], log.arm[rows]), log.reward[rows])
    np.add.at(n, (log.context[rows], log.arm[rows]), 1.0)
    overall = float(log.reward[rows].mean()) if rows.any() else 0.0
    return np.where(n > 0, total / np.maximum(n, 1.0), overall)


def _of(values: Floats, weight: Floats, cluster: Ints | None) -> Estimate:
    mean = float(values.mean())
    width = _Z * deviation((values - mean) / len(values), cluster)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return Estimate(mean, mean - width, mean + width, effective)


def deviation(moves: Floats, cluster: Ints | None) -> float:
    """Return the standard deviation of a sum, told by how its independent parts lie apart."""
    parts = moves if cluster is None else np.bincount(cluster, weights=moves)
    if len(parts) < 2:
        return float("inf")
    return float(np.sqrt(((parts - parts.mean()) ** 2).sum() * len(parts) / (len(parts) - 1)))
