"""Reads the trees of a LightGBM text model into the tables of the challenger's runtime."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from tongtu.kernel.errors import Broken
from tongtu.risk.rules.forest import DEPTH, LEAVES, NODES, Tree

_IS_WORDED, _MISSING_LEFT = 1, 2
_MISSING_NONE, _MISSING_NAN = 0, 2


def read_trees(text: str) -> list[Tree]:
    """Return the trees of a text model. Raises Broken when one is deeper than 3 or worded."""
    return [_tree(block) for block in _blocks(text)]


def _blocks(text: str) -> Iterator[dict[str, list[str]]]:
    body = text.split("end of trees", 1)[0]
    for block in body.split("\nTree=")[1:]:
        lines = [line.split("=", 1) for line in block.splitlines() if "=" in line]
        yield {key: value.split() for key, value in lines}


class _Heap:
    """A tree being laid into the heap's order."""

    def __init__(self, block: Mapping[str, list[str]]) -> None:
        self.block = block
        self.features = [0] * NODES
        self.thresholds = [math.inf] * NODES
        self.missing_left = [True] * NODES
        self.leaves = [0.0] * LEAVES
        self.covers = [0] * LEAVES

    def lay(self, child: int, node: int, depth: int) -> None:
        """Lay a child (below 0: a leaf) at a node of the heap, or at a leaf below it."""
        if child < 0 or depth == DEPTH:
            if child >= 0:
                raise Broken("a tree is deeper than the runtime can read", code="training_failed")
            leaf = (node + 1) * 2 ** (DEPTH - depth) - LEAVES
            self.leaves[leaf] = float(self.block["leaf_value"][~child])
            self.covers[leaf] = int(self.block.get("leaf_count", ["1"])[~child])
            return
        kind = int(self.block["decision_type"][child])
        missing = kind >> 2 & 3
        threshold = float(self.block["threshold"][child])
        if kind & _IS_WORDED or missing not in {_MISSING_NONE, _MISSING_NAN}:
            raise Broken("a tree compares what the runtime cannot read", code="training_failed")
        self.features[node] = int(self.block["split_feature"][child])
        self.thresholds[node] = threshold
        # Without missing values in its rows LightGBM takes a missing one as 0.
        is_left = bool(kind & _MISSING_LEFT) if missing == _MISSING_NAN else threshold >= 0.0
        self.missing_left[node] = is_left
        self.lay(int(self.block["left_child"][child]), 2 * node + 1, depth + 1)
        self.lay(int(self.block["right_child"][child]), 2 * node + 2, depth + 1)


def _tree(block: Mapping[str, list[str]]) -> Tree:
    heap = _Heap(block)
    heap.lay(-1 if int(block["num_leaves"][0]) == 1 else 0, 0, 0)
    return Tree(
        tuple(heap.features),
        tuple(heap.thresholds),
        tuple(heap.missing_left),
        tuple(heap.leaves),
        tuple(heap.covers),
    )
