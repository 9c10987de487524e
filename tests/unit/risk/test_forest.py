"""Trees laid out as tables of patterns say what a walk through them says, missing values included."""

import math

import numpy as np
import pytest

from tongtu.risk.rules.forest import DENSE_BYTES_MAX, GRID, LEAVES, NODES, Forest, Tree

FEATURES, TREES, ROWS = 5, 30, 200


def walked(tree, row):
    node = 0
    for _ in range(3):
        value, threshold = row[tree.features[node]], tree.thresholds[node]
        if math.isinf(threshold):
            is_left = True  # the node does not split
        elif math.isnan(value):
            is_left = tree.missing_left[node]
        else:
            is_left = value <= threshold
        node = 2 * node + (1 if is_left else 2)
    return tree.leaves[node - NODES]


@pytest.fixture
def trees():
    draw = np.random.default_rng(7)
    return [
        Tree(
            tuple(draw.integers(0, FEATURES, NODES).tolist()),
            # Whole numbers, so that many values stand exactly on a threshold.
            tuple(draw.choice([-2.0, -1.0, -0.0, 0.0, 1.0, 2.0, math.inf], NODES).tolist()),
            tuple(draw.integers(0, 2, NODES).astype(bool).tolist()),
            tuple((draw.integers(-(10**6), 10**6, LEAVES) / GRID * 2**20).tolist()),
            tuple(draw.integers(0, 50, LEAVES).tolist()),
        )
        for _ in range(TREES)
    ]


@pytest.fixture
def rows():
    draw = np.random.default_rng(8)
    near = [-2.0, np.nextafter(-2.0, 0), -0.0, 0.0, np.nextafter(0.0, 1), 1.0, 3.0, math.nan]
    return draw.choice(near, (ROWS, FEATURES))


@pytest.mark.parametrize("dense_bytes", [DENSE_BYTES_MAX, 0])
def test_a_row_and_a_batch_say_what_a_walk_through_each_tree_says(
    trees, rows, dense_bytes, monkeypatch
):
    monkeypatch.setattr("tongtu.risk.rules.forest.DENSE_BYTES_MAX", dense_bytes)
    forest = Forest(trees, range(FEATURES), FEATURES)

    expected = [math.fsum(walked(tree, row) for tree in trees) for row in rows.tolist()]

    assert [forest.margin(row) for row in rows.tolist()] == expected
    assert [forest.explain(row)[0] for row in rows.tolist()] == expected
    assert forest.margins(rows.T).tolist() == expected
    margins, shares = forest.explain_all(rows.T)
    assert margins.tolist() == expected
    assert [forest.explain(row)[1] for row in rows.tolist()] == shares.T.tolist()
    # Each row's shares are what it is worth over the average, but for rounding on the grid.
    gap = np.abs(shares.sum(axis=0) + forest.expected - margins).max()
    assert gap <= (TREES * NODES + 1) / GRID
