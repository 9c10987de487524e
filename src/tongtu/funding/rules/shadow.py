"""Shadow prices: what a fen of a budget is worth, told by the cases of the last hours.

The dual of the routing problem, smoothed and solved by Newton's method. Floats, because it is a
solver: no amount that anybody owes comes out of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Smoothing as parts of the mean worth of a case: each solve begins where the last one ended.
_HEATS = (0.3, 0.1, 0.03, 0.01, 0.003)
_STEPS_MAX = 25
_TRIES_MAX = 12
_DAMPING, _DAMPING_STEP = 0.1, 4.0
_SLOPE_MIN = 1e-4
# A floor subsidises a lender by at most this part of what is lent there.
SUBSIDY_MAX = 0.05


@dataclass(frozen=True, slots=True)
class Budgets:
    """What routes consume. `share[route, row]` is the part of an amount a route takes of a row.

    A row is at most (a day's money, a month's, a ceiling on a lender's part) or at least (a
    floor).
    A joint program takes its funders' parts of several rows.
    """

    share: Floats
    is_floor: NDArray[np.bool_]

    def by_route(self, prices: Floats) -> Floats:
        """Return the price of a fen sent along each route; a floor makes it lower."""
        found: Floats = self.share @ np.where(self.is_floor, -prices, prices)
        return found


def shadow_prices(
    worth: Floats, amount: Floats, budgets: Budgets, rates: Floats, start: Floats | None = None
) -> Floats:
    """Return each row's price: worth for a fen more of it, at least 0.

    `worth[case, route]` is in fen, -inf where the route is closed; `rates` is how much of each row
    there is for one case, in fen. Cases may be sent nowhere, which is worth 0.
    """
    rows = len(rates)
    open_cases = np.isfinite(worth).any(axis=1)
    worth, amount, share_open = worth[open_cases], amount[open_cases], open_cases.mean()
    if not len(worth):
        return np.zeros(rows)
    unit, value = float(amount.mean()), float(np.abs(worth[np.isfinite(worth)]).mean()) or 1.0
    # No fen is worth more than the best use of one, however little of a budget is left.
    densest = float((np.where(np.isfinite(worth), worth, 0.0).max(axis=1) / amount).max())
    sample = _Sample(
        worth / value,
        amount / unit,
        budgets,
        rates / unit / share_open,
        np.where(budgets.is_floor, SUBSIDY_MAX, densest) * unit / value,
    )
    prices = np.zeros(rows) if start is None else np.minimum(start * unit / value, sample.most)
    for heat in _HEATS if start is None else _HEATS[2:]:
        prices = _minimise(sample, prices, heat)
    return prices * value / unit


@dataclass(frozen=True, slots=True)
class _Sample:
    """The cases in units of the mean amount and the mean worth."""

    worth: Floats
    amount: Floats
    budgets: Budgets
    rates: Floats
    most: Floats

    @property
    def signs(self) -> Floats:
        return np.where(self.budgets.is_floor, -1.0, 1.0)


def _weights(sample: _Sample, prices: Floats, heat: float) -> tuple[float, Floats]:
    """Return the smoothed dual at these prices and how much of each case goes along each route."""
    toll = sample.budgets.by_route(prices)
    score = (sample.worth - sample.amount[:, None] * toll) / heat
    best = np.maximum(score.max(axis=1), 0.0)
    parts = np.exp(score - best[:, None])
    total = parts.sum(axis=1) + np.exp(-best)
    value = float(heat * (best + np.log(total)).mean() + sample.rates @ (sample.signs * prices))
    return value, parts / total[:, None]


def _minimise(sample: _Sample, prices: Floats, heat: float) -> Floats:
    """Return the prices of least dual by damped Newton steps inside their bounds."""
    share, signs = sample.budgets.share, sample.signs
    value, parts = _weights(sample, prices, heat)
    damping = _DAMPING
    for _ in range(_STEPS_MAX):
        sent = sample.amount[:, None] * parts
        used = sent @ share
        slope = signs * (sample.rates - used.mean(axis=0))
        free = ((prices > 0) | (slope < 0)) & ((prices < sample.most) | (slope > 0))
        if not free.any() or np.abs(slope[free]).max() < _SLOPE_MIN:
            break
        curve = (share.T * (sent * sample.amount[:, None]).mean(axis=0)) @ share
        curve -= used.T @ used / len(used)
        curve = (curve * np.outer(signs, signs) / heat)[np.ix_(free, free)]
        for _ in range(_TRIES_MAX):
            # Where nobody goes there is no curve: the damping keeps such a step within bounds.
            inner = curve + damping * np.eye(len(curve))
            tried = prices.copy()
            tried[free] -= np.linalg.solve(inner, slope[free])
            tried = np.clip(tried, 0.0, sample.most)
            found, moved = _weights(sample, tried, heat)
            if found < value:
                break
            damping *= _DAMPING_STEP
        else:
            break
        prices, value, parts, damping = tried, found, moved, damping / _DAMPING_STEP
    return prices
