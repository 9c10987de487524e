"""Cuts a feature into bins whose weight of evidence moves in the direction risk may move.

Quantile pre-bins (a common value such as zero is one by itself), pooled by adjacent violators.
Unknown is a bin of its own, and so is each word.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.features import LEAST, UNKNOWN, Column, Direction, Feature

Outcomes = NDArray[np.bool_]

PRE_BINS = 20
# Below this share of the rows a bin says more about its few persons than about the next ones.
SHARE_MIN = 0.03
# Added to both counts of a bin, so that a bin without one outcome has a finite weight.
PRIOR = 0.5
# An unknown or a word with fewer rows than this share is taken as the average.
RARE_SHARE_MAX = 0.01


@dataclass(frozen=True, slots=True)
class Bin:
    """Values from `low` up to the next bin's low; `woe` > 0 means safer than the average."""

    low: int
    good: int
    bad: int
    woe: float


@dataclass(frozen=True, slots=True)
class Binned:
    """A feature cut into bins, ascending; `value` is its information value (IV)."""

    feature: Feature
    bins: tuple[Bin, ...]
    value: float

    @property
    def lows(self) -> Column:
        """The lower bounds of the bins but the first, as `searchsorted` takes them."""
        return np.array([one.low for one in self.bins[1:]], np.int64)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """Return each value's weight of evidence."""
        weights = np.array([one.woe for one in self.bins])
        return weights[np.searchsorted(self.lows, column, side="right")]


@dataclass(slots=True)
class _Group:
    low: int
    good: int
    bad: int

    @property
    def rows(self) -> int:
        return self.good + self.bad

    @property
    def risk(self) -> float:
        return self.bad / self.rows

    def absorb(self, other: _Group) -> None:
        self.low = min(self.low, other.low)
        self.good += other.good
        self.bad += other.bad


def cut(feature: Feature, column: Column, is_bad: Outcomes) -> Binned:
    """Return the feature's bins learnt from these rows."""
    if feature.words:
        places = range(1, len(feature.words))
        groups = [_count(UNKNOWN, column < 1, is_bad)]
        groups += [_count(code, column == code, is_bad) for code in places]
    else:
        known = column != UNKNOWN
        groups = [_count(UNKNOWN, ~known, is_bad)]
        groups += _ordered(feature.direction, column[known], is_bad[known], len(column))
    return _weighed(feature, groups, is_bad)


def _ordered(direction: Direction, values: Column, is_bad: Outcomes, rows: int) -> list[_Group]:
    if not len(values):
        return []
    edges = np.unique(np.quantile(values, np.arange(PRE_BINS) / PRE_BINS, method="higher"))
    place = np.searchsorted(edges, values, side="right") - 1
    bad = np.bincount(place, is_bad, len(edges)).astype(np.int64)
    good = np.bincount(place, ~is_bad, len(edges)).astype(np.int64)
    groups = [_Group(*one) for one in zip(edges.tolist(), good.tolist(), bad.tolist(), strict=True)]
    groups[0].low = LEAST  # a value below all learnt ones is known, so it is never taken as unknown
    least = max(1, math.ceil(SHARE_MIN * rows))
    return _large(_pooled(groups, 1 if direction is Direction.RISES else -1), least)


def _pooled(groups: list[_Group], sign: int) -> list[_Group]:
    """Merge neighbours until risk moves one way only (pool adjacent violators)."""
    pooled: list[_Group] = []
    for group in groups:
        pooled.append(group)
        while len(pooled) > 1 and sign * (pooled[-1].risk - pooled[-2].risk) <= 0:
            last = pooled.pop()
            pooled[-1].absorb(last)
    return pooled


def _large(groups: list[_Group], least: int) -> list[_Group]:
    """Merge each small bin with the neighbour whose risk is nearer, which keeps the order."""
    while len(groups) > 1:
        small = min(range(len(groups)), key=lambda n: groups[n].rows)
        if groups[small].rows >= least:
            break
        beside = [n for n in (small - 1, small + 1) if 0 <= n < len(groups)]
        other = min(beside, key=lambda n: abs(groups[n].risk - groups[small].risk))
        first, second = sorted((small, other))
        groups[first].absorb(groups.pop(second))
    return groups


def _count(low: int, chosen: Outcomes, is_bad: Outcomes) -> _Group:
    bad = int(np.sum(is_bad[chosen]))
    return _Group(low, int(np.sum(chosen)) - bad, bad)


def _weighed(feature: Feature, groups: list[_Group], is_bad: Outcomes) -> Binned:
    bad_all = int(np.sum(is_bad))
    good_all = len(is_bad) - bad_all
    least = max(1, math.ceil(RARE_SHARE_MAX * len(is_bad)))
    bins, value = [], 0.0
    for group in groups:
        woe = 0.0
        if group.rows >= least:
            good_share = (group.good + PRIOR) / (good_all + PRIOR)
            bad_share = (group.bad + PRIOR) / (bad_all + PRIOR)
            woe = math.log(good_share / bad_share)
            value += (good_share - bad_share) * woe
        bins.append(Bin(group.low, group.good, group.bad, woe))
    return Binned(feature, tuple(bins), value)
