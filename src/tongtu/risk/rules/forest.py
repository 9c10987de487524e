"""The challenger at run time: depth-3 trees as tables of outcome patterns, numpy alone.

A tree of depth 3 is decided by the outcomes of its 7 comparisons, so each tree has 128 patterns;
its value and the exact Shapley values (the path-dependent game of TreeSHAP) of every pattern are
worked out once, at load. Values are multiples of 2^-42, so sums are exact in any order: one row, a
batch and the reloaded file agree to the bit, and differ from the booster by less than 1e-9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.model import BadModel
from tongtu.risk.rules.cells import Floats

DEPTH = 3
NODES = 2**DEPTH - 1
LEAVES = 2**DEPTH
PATTERNS = 2**NODES
TREES_MAX = 2_000
# Sums below 1,024 of multiples of this are exact in a double.
GRID = 2.0**42
VALUE_MAX = 100.0
# Numbers that are looked at together: they stay in the processor's cache.
CHUNK_NUMBERS = 100_000
# Up to this size the shares stand by column, so that a row is one product; above, by comparison.
DENSE_BYTES_MAX = 64_000_000
# For every leaf: the nodes on its way (the heap's order), and whether each is left to the left.
_PATH = np.array([[0, 1 + (leaf >> 2), 3 + (leaf >> 1)] for leaf in range(LEAVES)])
_GOES_LEFT = np.array([[(leaf >> (2 - level)) & 1 == 0 for level in range(3)] for leaf in range(8)])


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree in the heap's order. A node that does not split has an infinite threshold."""

    features: tuple[int, ...]
    thresholds: tuple[float, ...]
    missing_left: tuple[bool, ...]
    leaves: tuple[float, ...]
    covers: tuple[int, ...]  # training rows in each leaf


class Forest:
    """Trees laid out for scoring. `owners[f]` is the column that forest feature f belongs to."""

    __slots__ = (
        "_columns", "_count", "_firsts", "_nodes", "_ones", "_owners", "_shares", "_thresholds",
        "_values", "expected", "owners", "trees",
    )  # fmt: skip

    def __init__(self, trees: Sequence[Tree], owners: Sequence[int], columns: int) -> None:
        self.trees = tuple(trees)
        self.owners = tuple(owners)
        self._columns = columns
        self._count = len(self.trees)
        features = np.array([tree.features for tree in trees], np.int64).reshape(-1, NODES)
        left = np.array([tree.missing_left for tree in trees], np.bool_).reshape(-1, NODES)
        thresholds = np.array([tree.thresholds for tree in trees]).reshape(-1, NODES)
        # A comparison with a missing value is false. So where missing goes right it is asked
        # whether a value is at most the threshold; where it goes left whether it is above it, as
        # -value <= -(the next number up): each row is laid out twice, as it is and negated. Nothing
        # is above a threshold that is infinite.
        left |= np.isposinf(thresholds)
        above = np.where(np.isposinf(thresholds), math.nan, -np.nextafter(thresholds, math.inf))
        nodes = np.where(left, features + len(owners), features)
        self._nodes = np.column_stack([nodes, np.zeros(self._count, np.int64)])
        compared = np.where(left, above, thresholds)
        self._thresholds = np.column_stack([compared, np.full(self._count, math.nan)])
        self._firsts = np.arange(self._count) * PATTERNS
        values, shares, expected = _patterns(self.trees, features)
        # A pattern's place is what was answered: where it was asked the other way, its opposite.
        asked = np.arange(PATTERNS) ^ np.packbits(left, axis=1, bitorder="little").astype(np.int64)
        every = np.arange(self._count)[:, None]
        values, shares = values[every, asked], shares[every, asked]
        self._values = values.reshape(-1)
        owned: NDArray[np.int64] = np.array(self.owners, np.int64)[features]
        self._owners: NDArray[np.int64] | None = owned
        self._ones = np.ones(self._count)
        self.expected = float(expected.sum())
        if shares.nbytes // NODES * columns <= DENSE_BYTES_MAX:
            # The value stands behind the shares: one product gives both.
            by_column = _by_column(shares, owned, columns)
            self._shares = np.column_stack([by_column, self._values])
            self._owners = None
        else:
            self._shares = shares.reshape(-1, NODES)

    def margin(self, row: Sequence[float]) -> float:
        """Return the log-odds of one row of forest features."""
        return float(self._values.take(self._places(row)).sum())

    def explain(self, row: Sequence[float]) -> tuple[float, list[float]]:
        """Return the log-odds of one row, and each column's exact share of it over `expected`."""
        *shares, margin = self._explained(self._places(row)).tolist()
        return margin, shares

    def margins(self, rows: Floats) -> Floats:
        """Return the log-odds of many rows of forest features, (features, rows)."""
        parts = [self._values[places].sum(axis=1) for places in self._chunks(rows)]
        return np.concatenate(parts) if parts else np.empty(0)

    def explain_all(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return `explain` of many rows: log-odds, and shares as (columns, rows)."""
        parts = [self._all_explained(places) for places in self._chunks(rows)]
        if not parts:
            return np.empty(0), np.empty((self._columns, 0))
        explained = np.concatenate(parts)
        return explained[:, -1].copy(), np.ascontiguousarray(explained[:, :-1].T)

    def _explained(self, places: NDArray[np.int64]) -> Floats:
        """Return each column's share where the trees' patterns of one row are known; the value."""
        shares = self._shares.take(places, axis=0)
        if self._owners is None:
            by_column: Floats = self._ones @ shares
            return by_column
        owners, weights = self._owners.reshape(-1), shares.reshape(-1)
        summed = np.bincount(owners, weights, self._columns).astype(np.float64)
        return np.append(summed, self._values.take(places).sum())

    def _all_explained(self, places: NDArray[np.int64]) -> Floats:
        """Return `_explained` of many rows, (rows, columns and one)."""
        if self._owners is not None:
            return np.array([self._explained(row) for row in places])
        shares = self._shares.take(places.reshape(-1), axis=0)
        by_column: Floats = self._ones @ shares.reshape(*places.shape, self._columns + 1)
        return by_column

    def _places(self, row: Sequence[float]) -> NDArray[np.int64]:
        both = np.array([*row, *[-value for value in row]])
        outcomes = both.take(self._nodes) <= self._thresholds
        places: NDArray[np.int64] = self._firsts + np.packbits(outcomes, bitorder="little")
        return places

    def _chunks(self, rows: Floats) -> list[NDArray[np.int64]]:
        step = max(1, CHUNK_NUMBERS // (self._count * (NODES + 1 + self._columns)))
        return [
            self._places_of(rows[:, start : start + step])
            for start in range(0, rows.shape[1], step)
        ]

    def _places_of(self, rows: Floats) -> NDArray[np.int64]:
        both = np.concatenate([rows, -rows]).T
        outcomes = both.take(self._nodes.reshape(-1), axis=1) <= self._thresholds.reshape(-1)
        places: NDArray[np.int64] = self._firsts + np.packbits(outcomes, axis=1, bitorder="little")
        return places

    def written(self) -> dict[str, Any]:
        """Return the forest as a JSON value; an infinite threshold is null."""
        return {
            "owners": list(self.owners),
            "trees": [
                {
                    "features": list(tree.features),
                    "thresholds": [None if math.isinf(x) else x for x in tree.thresholds],
                    "missing_left": list(tree.missing_left),
                    "leaves": list(tree.leaves),
                    "covers": list(tree.covers),
                }
                for tree in self.trees
            ],
        }

    @classmethod
    def load(cls, value: Any, columns: int) -> Forest:
        """Return the forest of a JSON value. Raises BadModel."""
        try:
            owners = [int(one) for one in value["owners"]]
            trees = [_load_tree(one, len(owners)) for one in value["trees"]]
        except (KeyError, TypeError, ValueError) as error:
            raise BadModel("a model's trees cannot be read") from error
        if not 0 < len(trees) <= TREES_MAX or not all(0 <= one < columns for one in owners):
            raise BadModel(f"a forest has 1 to {TREES_MAX} trees over known columns")
        return cls(trees, owners, columns)


def _load_tree(one: Any, features: int) -> Tree:
    tree = Tree(
        tuple(int(n) for n in one["features"]),
        tuple(math.inf if x is None else float(x) for x in one["thresholds"]),
        tuple(bool(x) for x in one["missing_left"]),
        tuple(float(x) for x in one["leaves"]),
        tuple(int(x) for x in one["covers"]),
    )
    nodes = {len(tree.features), len(tree.thresholds), len(tree.missing_left)}
    if nodes != {NODES} or {len(tree.leaves), len(tree.covers)} != {LEAVES}:
        raise BadModel("a tree has 7 comparisons and 8 leaves")
    if not all(0 <= n < features for n in tree.features) or min(tree.covers) < 0:
        raise BadModel("a tree compares known features")
    if not all(abs(x) <= VALUE_MAX for x in tree.leaves) or any(map(math.isnan, tree.thresholds)):
        raise BadModel("a leaf's value is beyond its bound")
    return tree


def _patterns(trees: Sequence[Tree], features: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return each tree's value by pattern, its nodes' Shapley values by pattern, and its mean."""
    leaves = np.array([tree.leaves for tree in trees])
    covers = np.array([tree.covers for tree in trees], np.float64)
    bits = (np.arange(PATTERNS)[:, None] >> np.arange(NODES)) & 1 == 1
    values = np.zeros((len(trees), PATTERNS))
    shares = np.zeros((len(trees), PATTERNS, NODES))
    ratios = _ratios(covers)
    for leaf in range(LEAVES):
        path, goes_left = _PATH[leaf], _GOES_LEFT[leaf]
        is_kept = (bits[:, path] == goes_left).astype(np.float64)  # (patterns, levels)
        values += leaves[:, leaf, None] * is_kept.prod(axis=1)
        kept = np.broadcast_to(is_kept, (len(trees), PATTERNS, DEPTH)).copy()
        share = np.where(goes_left, ratios[:, path], 1.0 - ratios[:, path])[:, None, :]
        share = np.broadcast_to(share, kept.shape).copy()
        _merge_twins(features[:, path], kept, share)
        for level, (one, two) in enumerate(((1, 2), (0, 2), (0, 1))):
            gain = (kept[..., level] - share[..., level]) * _others(
                kept[..., one], share[..., one], kept[..., two], share[..., two]
            )
            shares[:, :, path[level]] += leaves[:, leaf, None] * gain
    total = covers.sum(axis=1)
    expected = (leaves * covers).sum(axis=1) / np.where(total == 0, 1.0, total)
    return tuple(np.round(one * GRID) / GRID for one in (values, shares, expected))  # type: ignore[return-value]  # three arrays


def _by_column(shares: Floats, owners: NDArray[np.int64], columns: int) -> Floats:
    """Return the shares of each pattern by column: (trees x patterns, columns)."""
    dense = np.zeros((len(shares), PATTERNS, columns))
    trees = np.arange(len(shares))
    for node in range(NODES):
        # Twins on a path have different nodes of one column: they add up.
        dense[trees, :, owners[:, node]] += shares[:, :, node]
    return dense.reshape(-1, columns)


def _ratios(covers: Floats) -> Floats:
    """Return the share of a node's training rows that went left, for the 7 nodes."""
    pairs = covers.reshape(len(covers), 4, 2).sum(axis=2)
    halves = pairs.reshape(len(covers), 2, 2).sum(axis=2)
    left = np.column_stack([halves[:, 0], pairs[:, 0], pairs[:, 2], covers[:, ::2]])
    whole = np.column_stack([halves.sum(axis=1), halves, pairs])
    # A node that no row reached never splits: all of nothing goes left.
    return np.where(whole == 0, 1.0, left / np.where(whole == 0, 1.0, whole))


def _merge_twins(features: NDArray[np.int64], kept: Floats, share: Floats) -> None:
    """Make one player of a feature that a path asks twice; the later one becomes a dummy."""
    for first, second in ((1, 2), (0, 1), (0, 2)):
        twins = features[:, first] == features[:, second]
        for game in (kept, share):
            game[twins, :, first] *= game[twins, :, second]
            game[twins, :, second] = 1.0


def _others(kept: Floats, share: Floats, kept_two: Floats, share_two: Floats) -> Floats:
    """Return the mean product of the two other players over the orders in which they may come."""
    mixed = kept * share_two + share * kept_two
    return kept * kept_two / 3 + mixed / 6 + share * share_two / 3
