"""Our own estimate of each arm of a time-block experiment, and of its difference from the first.

In each context the mean of what an arm gave, weighed by how often the context came under any arm;
so that an arm is not praised for the people its blocks happened to bring. Intervals by block, wider
where an arm had few of them (Student's).
"""

from __future__ import annotations

import numpy as np

from tongtu.pricing.rules.evaluation import Estimate, Floats, Log, deviation

_Z = 1.96
_NEVER = Estimate(0.0, -np.inf, np.inf, 0.0)


def by_block(log: Log, arms: int) -> tuple[list[Estimate], list[Estimate]]:
    """Return each arm's mean reward a case, and how far it lies above the first arm's.

    An arm that was never shown has an endless interval around 0.
    """
    found = [_of_arm(log, arm) for arm in range(arms)]
    first = found[0]
    values, above = [], []
    for arm, own in enumerate(found):
        values.append(_NEVER if own is None else _estimate(*own, log, _draws(log, arm)))
        if own is None or first is None:
            above.append(_NEVER)
        else:
            shown = min(_draws(log, 0), _draws(log, arm))
            above.append(_estimate(own[0] - first[0], own[1] - first[1], log, shown))
    return values, above


def _of_arm(log: Log, arm: int) -> tuple[float, Floats] | None:
    """Return the value of an arm, and by how much each case moves it; None: never shown."""
    n, contexts = len(log.arm), int(log.context.max(initial=0)) + 1
    weight = np.where(log.arm == arm, 1.0 / log.propensity, 0.0)
    if not weight.any():
        return None
    share = np.bincount(log.context, minlength=contexts) / n
    total = np.bincount(log.context, weights=weight, minlength=contexts)
    given = np.bincount(log.context, weights=weight * log.reward, minlength=contexts)
    overall = float((weight * log.reward).sum() / weight.sum())
    mean = np.where(total > 0, given / np.where(total > 0, total, 1.0), overall)
    value = float(share @ mean)
    at = mean[log.context]
    part = share[log.context] / np.where(total > 0, total, 1.0)[log.context]
    return value, part * weight * (log.reward - at) + (at - value) / n


def _draws(log: Log, arm: int) -> int:
    """Return in how many draws an arm was shown."""
    shown = log.arm == arm
    return int(shown.sum()) if log.cluster is None else len(np.unique(log.cluster[shown]))


def _estimate(value: float, moves: Floats, log: Log, draws: int) -> Estimate:
    if draws < 2:
        return Estimate(value, -np.inf, np.inf, draws)
    # Student's quantile by the first term of its expansion: within a hundredth from five draws on.
    z = _Z + (_Z**3 + _Z) / (4 * (draws - 1))
    width = z * deviation(moves, log.cluster)
    return Estimate(value, value - width, value + width, draws)
