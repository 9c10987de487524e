"""Twenty made-up lenders and the people who come to them, drawn from a seed; columns only.

Whom a lender takes and what it asks follow from its row; nothing here knows how cases are routed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BANDS = 8
TENORS_MONTHS = (3, 6, 9, 12, 18, 24, 36)
_TENOR_WEIGHTS = (0.08, 0.17, 0.06, 0.33, 0.10, 0.18, 0.08)
_BAND_WEIGHTS = (0.13, 0.17, 0.19, 0.17, 0.13, 0.10, 0.07, 0.04)
# Chance of default within a year by band, as the market has it.
DEFAULT_PPM = (4_000, 8_000, 14_000, 22_000, 35_000, 55_000, 85_000, 130_000)
DAY_SECONDS = 86_400
_STEP_BPS = 10
_RATE_BPS_MAX = 2_300
_HUNDRED_YUAN_MINOR = 10_000


@dataclass(frozen=True, slots=True)
class Lenders:
    """Lenders by row. `rate_bps` by band; -1: it does not take the band."""

    rate_bps: Ints  # (lender, band)
    tenor_max_months: Ints
    amount_max_minor: Ints
    commission_bps: Ints  # of the amount, paid by the lender for a funded case
    fund_ppm: Ints  # chance that a case sent there is funded


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who comes, in order: the day, band, amount, months, and each lender's mood of the case."""

    day: Ints
    second: Ints  # of the day
    band: Ints
    amount_minor: Ints
    tenor_months: Ints
    fund_ppm: Ints  # (case, lender)


@dataclass(frozen=True, slots=True)
class Market:
    """Lenders, arrivals and the budgets of a day and of the whole time, by lender."""

    lenders: Lenders
    arrivals: Arrivals
    days: int
    cases_a_day: int  # what everybody expects
    day_budget_minor: Ints
    month_budget_minor: Ints


def market(
    seed: int, cases: int, *, lenders: int = 20, days: int = 0, is_drifting: bool = False
) -> Market:
    """Return a market of about so many cases over twenty days, or as many as are named.

    Drifting: over the days people become riskier and ask for more, within each day the large cases
    come late, and a third of the days brings half as many people again as expected.
    """
    draw = np.random.default_rng(seed)  # house: seam - a simulator's draws follow from its seed
    houses = _lenders(draw, lenders)
    days = days or max(1, min(20, cases // 250))
    a_day = cases // days
    counts = _counts(draw, days, a_day, is_drifting=is_drifting)
    day = np.repeat(np.arange(days), counts)
    total = len(day)
    within = np.concatenate([np.arange(n) / n for n in counts.tolist()])
    drift = day / days if is_drifting else np.zeros(total)
    band = _bands(draw, drift)
    late = 0.6 * within if is_drifting else np.zeros(total)
    yuan = np.exp(draw.normal(9.4 + 0.35 * drift + late - late.mean(), 0.7, total))
    amount = np.clip(np.rint(yuan / 100), 10, 2_000).astype(np.int64) * _HUNDRED_YUAN_MINOR
    tenor = draw.choice(TENORS_MONTHS, total, p=np.array(_TENOR_WEIGHTS)).astype(np.int64)
    mood = draw.normal(1.0, 0.15, (total, lenders))
    fund = np.clip(houses.fund_ppm * mood, 50_000, 990_000).astype(np.int64)
    clock = [np.sort(draw.integers(0, DAY_SECONDS, n)) for n in counts.tolist()]
    second = np.concatenate(clock).astype(np.int64)
    arrivals = Arrivals(day.astype(np.int64), second, band, amount, tenor, fund)
    expected = float(np.exp(9.4 + 0.245) * 100) * a_day  # the mean of the amounts, in fen
    budgets = _budgets(draw, houses, expected)
    month = (budgets * days * np.where(np.arange(lenders) % 3 == 0, 0.7, 1.0)).astype(np.int64)
    return Market(houses, arrivals, days, a_day, budgets, month)


def _lenders(draw: np.random.Generator, lenders: int) -> Lenders:
    """Return the lenders, from the cheapest, who take few bands, to the dearest, who take all."""
    place = np.linspace(0.0, 1.0, lenders)
    base = 380 + 900 * place + draw.normal(0, 40, lenders)
    slope = 70 + 55 * place + draw.normal(0, 8, lenders)
    bands = np.arange(BANDS)
    rates = base[:, None] + slope[:, None] * bands * (1 + 0.06 * bands)
    rates = np.minimum(np.rint(rates / _STEP_BPS) * _STEP_BPS, _RATE_BPS_MAX).astype(np.int64)
    takes = 2 + np.rint(5.4 * place + draw.uniform(-0.8, 1.2, lenders)).astype(np.int64)
    rates[bands[None, :] > np.minimum(takes, BANDS - 1)[:, None]] = -1
    return Lenders(
        rate_bps=rates,
        tenor_max_months=draw.choice((12, 24, 36), lenders, p=(0.15, 0.35, 0.5)).astype(np.int64),
        amount_max_minor=draw.choice((5_000_000, 10_000_000, 20_000_000), lenders).astype(np.int64),
        commission_bps=(80 + 260 * place + draw.normal(0, 20, lenders)).astype(np.int64),
        fund_ppm=(600_000 + draw.uniform(0, 300_000, lenders)).astype(np.int64),
    )


def _counts(draw: np.random.Generator, days: int, a_day: int, *, is_drifting: bool) -> Ints:
    counts = draw.poisson(a_day, days).astype(np.int64)
    if is_drifting:
        counts[::3] = counts[::3] * 3 // 2
        counts = counts * (days * a_day) // counts.sum()
    found: Ints = np.maximum(counts, 1)
    return found


def _bands(draw: np.random.Generator, drift: Floats) -> Ints:
    weights = np.cumsum(_BAND_WEIGHTS)
    # Towards the end a case is on the mean a band and a half riskier.
    moved = draw.random(len(drift)) < 0.75 * drift
    band = np.searchsorted(weights, draw.random(len(drift)) * weights[-1])
    found: Ints = np.minimum(band + 2 * moved, BANDS - 1).astype(np.int64)
    return found


def _budgets(draw: np.random.Generator, houses: Lenders, expected: float) -> Ints:
    """Return each lender's budget of a day: in all more than is asked for, little at the cheap."""
    lenders = len(houses.commission_bps)
    weight = (0.35 + np.linspace(0.0, 1.0, lenders) * 1.3) * draw.uniform(0.7, 1.3, lenders)
    budget = 1.3 * expected * weight / weight.sum()
    found: Ints = (np.rint(budget / _HUNDRED_YUAN_MINOR) * _HUNDRED_YUAN_MINOR).astype(np.int64)
    return found
