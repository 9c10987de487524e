"""Cuts a column of cells into steps of weight of evidence that move as risk may move.

Quantile pre-bins, pooled by adjacent violators: rising, falling, or with one turn where the rows
insist on it. A missing value and each special value (a code that is no quantity) has a step of its
own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import Floats

Outcomes = NDArray[np.bool_]

PRE_BINS = 40
PRE_BIN_ROWS_MIN = 25
# Below this share of the rows a bin says more about its few persons than about the next ones.
SHARE_MIN = 0.01
BIN_ROWS_MIN = 25
# Added to the counts of a bin at the table's own odds: a bin of few rows is near the average.
PRIOR_ROWS = 5.0
# A turn is believed when it adds this share of information value, and is no chance (below).
TURN_SHARE = 1.05
# One row in a thousand columns of pure chance would seem to break its direction.
NORMAL_AT_CHANCE = 3.09
CODES = frozenset(
    [96, 97, 98, 99, 996, 997, 998, 999, 9996, 9997, 9998, 9999, 99999, 999999, 9999999, 99999999]
)
SPECIALS_MAX = 4
_SIGNS = {"rises": 1, "falls": -1}


@dataclass(frozen=True, slots=True)
class Bin:
    """Values from `low` up to the next bin's; `woe` > 0 is safer than the average."""

    low: float
    good: int
    bad: int
    woe: float


@dataclass(frozen=True, slots=True)
class Cut:
    """A column's bins, ascending; the last one, from infinity, is the missing value's."""

    bins: tuple[Bin, ...]
    value: float  # information value
    shape: str
    is_one_way: bool

    def encode(self, cells: Floats) -> Floats:
        """Return each cell's weight of evidence."""
        lows = np.array([one.low for one in self.bins[1:]])
        weights = np.array([one.woe for one in self.bins])
        return weights[np.searchsorted(lows, cells, side="right")]


@dataclass(slots=True)
class Group:
    """Neighbouring values counted together."""

    low: float
    good: int
    bad: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.good + self.bad

    @property
    def risk(self) -> float:
        """The share of bad rows."""
        return self.bad / self.rows

    def joined(self, other: Group) -> Group:
        """Return both as one."""
        return Group(min(self.low, other.low), self.good + other.good, self.bad + other.bad)


def find_specials(cells: Floats) -> tuple[float, ...]:
    """Return the codes among a column's numbers, found by their look.

    A few whole negative values where all others are positive, or 96 to 99 (996, ...) far beyond
    the rest.
    """
    known = np.unique(cells[np.isfinite(cells)])
    if not len(known) or (known != np.round(known)).any():
        return ()
    below = known[known < 0]
    usual = known[known >= 0]
    is_coded = len(below) <= SPECIALS_MAX and len(usual) > 10 * len(below)
    found = below.tolist() if is_coded and (below >= -999).all() else []
    codes = [value for value in usual.tolist() if value in CODES]
    for n, code in enumerate(codes):
        rest = usual[usual < code]
        if len(rest) > 1 and rest[-1] * 2 < code and usual[usual > code].tolist() == codes[n + 1 :]:
            found += codes[n:]
            break
    return tuple(found) if len(found) <= SPECIALS_MAX else ()


def cut(cells: Floats, is_bad: Outcomes, *, shape: str | None, specials: tuple[float, ...]) -> Cut:
    """Return a column's bins; `shape` None finds the direction in the rows."""
    missing = np.isnan(cells)
    special = np.isin(cells, specials)
    usual = ~missing & ~special
    groups = _pre_binned(cells[usual], is_bad[usual])
    least = max(BIN_ROWS_MIN, math.ceil(SHARE_MIN * len(cells)))
    pooled = {name: _shaped(groups, name) for name in _candidates(shape)}
    odds = _Odds.of(is_bad)
    chosen = _chosen(pooled, odds)
    ordered = _large(pooled[chosen], least)
    if chosen in _SIGNS:
        # A small bin is drawn to the average, maybe past its neighbour: then they are one.
        ordered = _pooled(ordered, _SIGNS[chosen], odds.risk)
    extra = {code: _count(code, cells == code, is_bad) for code in specials}
    last = _count(math.inf, missing, is_bad)
    bins = [odds.weighed(one) for one in [*_laid(ordered, extra), last]]
    value = odds.value([*ordered, *extra.values(), last])
    is_one_way = chosen in {"rises", "falls"} and _is_chance(groups, pooled[chosen])
    return Cut(tuple(bins), value, chosen, is_one_way)


@dataclass(frozen=True, slots=True)
class _Odds:
    good: int
    bad: int

    @classmethod
    def of(cls, is_bad: Outcomes) -> _Odds:
        bad = int(is_bad.sum())
        return cls(len(is_bad) - bad, bad)

    def weighed(self, group: Group) -> Bin:
        return Bin(group.low, group.good, group.bad, self._weight(group)[2])

    def risk(self, group: Group) -> float:
        return -self._weight(group)[2]

    def value(self, groups: list[Group]) -> float:
        return sum((good - bad) * woe for good, bad, woe in map(self._weight, groups))

    def _weight(self, group: Group) -> tuple[float, float, float]:
        share = self.bad / (self.good + self.bad)
        good = (group.good + PRIOR_ROWS * (1 - share)) / self.good
        bad = (group.bad + PRIOR_ROWS * share) / self.bad
        return good, bad, math.log(good / bad)


def _candidates(shape: str | None) -> tuple[str, ...]:
    return (shape,) if shape else ("rises", "falls", "peak", "valley")


def _chosen(pooled: dict[str, list[Group]], odds: _Odds) -> str:
    values = {name: odds.value(groups) for name, groups in pooled.items()}
    ways = [name for name in values if name in {"rises", "falls"}]
    turns = [name for name in values if name not in ways]
    best = max(ways or turns, key=values.__getitem__)
    turn = max(turns, key=values.__getitem__, default=best)
    gains = values[turn] > TURN_SHARE * values[best]
    return turn if gains and not _is_chance(pooled[turn], pooled[best]) else best


def _is_chance(fine: list[Group], coarse: list[Group]) -> bool:
    """Tell whether chance alone explains what the finer bins say beyond the coarser ones.

    A likelihood-ratio test; the line is chi-square's at one in a thousand (Wilson and Hilferty).
    """
    freedom = max(1, len(fine) - len(coarse))
    spread = 2 / (9 * freedom)
    line = freedom * (1 - spread + NORMAL_AT_CHANCE * math.sqrt(spread)) ** 3
    return 2 * (_likelihood(fine) - _likelihood(coarse)) < line


def _pre_binned(values: Floats, is_bad: Outcomes) -> list[Group]:
    if not len(values):
        return [Group(-math.inf, 0, 0)]
    count = max(2, min(PRE_BINS, len(values) // PRE_BIN_ROWS_MIN))
    edges = np.unique(np.quantile(values, np.arange(count) / count, method="higher"))
    place = np.searchsorted(edges, values, side="right") - 1
    bad = np.bincount(place, is_bad, len(edges)).astype(np.int64)
    good = np.bincount(place, ~is_bad, len(edges)).astype(np.int64)
    groups = [Group(*one) for one in zip(edges.tolist(), good.tolist(), bad.tolist(), strict=True)]
    groups[0].low = -math.inf
    return groups


def _shaped(groups: list[Group], shape: str) -> list[Group]:
    if shape == "free" or not groups[0].rows:
        return groups
    if shape in _SIGNS:
        return _pooled(groups, _SIGNS[shape])
    first = 1 if shape == "peak" else -1
    ways = [
        _pooled(groups[:turn], first) + _pooled(groups[turn:], -first)
        for turn in range(1, len(groups))
    ]
    return max(ways, key=_likelihood, default=groups)


def _likelihood(groups: list[Group]) -> float:
    return math.fsum(
        count * math.log(count / one.rows)
        for one in groups
        for count in (one.good, one.bad)
        if count
    )


def _pooled(
    groups: list[Group], sign: int, risk: Callable[[Group], float] = attrgetter("risk")
) -> list[Group]:
    """Merge neighbours until risk moves one way only (pool adjacent violators)."""
    pooled: list[Group] = []
    for group in groups:
        pooled.append(group)
        while len(pooled) > 1 and sign * (risk(pooled[-1]) - risk(pooled[-2])) <= 0:
            last = pooled.pop()
            pooled[-1] = pooled[-1].joined(last)
    return pooled


def _large(groups: list[Group], least: int) -> list[Group]:
    """Merge each small bin with the neighbour whose risk is nearer, which keeps the order."""
    kept = list(groups)
    while len(kept) > 1:
        small = min(range(len(kept)), key=lambda n: kept[n].rows)
        if kept[small].rows >= least:
            break
        beside = [n for n in (small - 1, small + 1) if 0 <= n < len(kept)]
        other = min(beside, key=lambda n: abs(kept[n].risk - kept[small].risk))
        first, second = sorted((small, other))
        kept[first] = kept[first].joined(kept.pop(second))
    return kept


def _count(low: float, chosen: Outcomes, is_bad: Outcomes) -> Group:
    bad = int(np.sum(is_bad[chosen]))
    return Group(low, int(np.sum(chosen)) - bad, bad)


def _laid(ordered: list[Group], extra: dict[float, Group]) -> list[Group]:
    """Return the bins on the line of numbers: a special value is a bin as wide as itself."""
    lows = [one.low for one in ordered]
    laid = {one.low: one for one in ordered}
    for code in sorted(extra):
        after = math.nextafter(code, math.inf)
        around = ordered[max(0, int(np.searchsorted(lows, after, side="right")) - 1)]
        laid[code] = extra[code]
        if after not in laid:
            # What lies beyond a code goes on as before it; its rows are counted where it began.
            laid[after] = Group(after, around.good, around.bad)
    return [
        laid[low] if laid[low].low == low else Group(low, laid[low].good, laid[low].bad)
        for low in sorted(laid)
    ]
