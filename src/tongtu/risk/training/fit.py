"""Trains a points table: bins, weights, calibration out of fold, points, probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput
from tongtu.risk.rules.features import STATED_FEATURES, UNKNOWN, Column, assemble_batch, columns
from tongtu.risk.rules.scorecard import KIND, SCHEMA
from tongtu.risk.training.binning import Binned, cut
from tongtu.risk.training.logistic import Fit, regress, regress_same_sign
from tongtu.risk.training.metrics import Metrics, measure

Floats = NDArray[np.float64]
Outcomes = NDArray[np.bool_]

# 20 points more halve the odds of going bad; 600 points are 20 good for each bad.
POINTS_PER_DOUBLING = 20
POINTS_AT_ODDS = 600
ODDS = 20
FOLDS = 5
# Evidence weaker than this cannot be told from chance on a few thousand rows.
VALUE_MIN = 0.02
# Fewer rows or outcomes than this teach nothing that holds.
ROWS_MIN = 500
OUTCOMES_MIN = 100
PPM = 1_000_000
_FACTOR = POINTS_PER_DOUBLING / math.log(2)


@dataclass(frozen=True, slots=True)
class Sample:
    """Applications (mappings of FACTS) and whether each went bad."""

    facts: Sequence[Mapping[str, object]]
    is_bad: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A points table and what is known of how it was made."""

    table: dict[str, Any]
    binned: tuple[Binned, ...]
    weights: dict[str, float]
    across_folds: Metrics  # every row scored by a model that did not see it


def learn(sample: Sample) -> Learnt:
    """Return the points table these applications teach; the same for the same rows.

    Raises:
        BadInput: too few rows or outcomes, or a malformed fact.
    """
    features, is_bad = _arrays(sample)
    out_of_fold = np.empty(len(is_bad))
    folds = np.arange(len(is_bad)) % FOLDS
    for fold in range(FOLDS):
        seen = folds != fold
        binned, fit = _fit(features[:, seen], is_bad[seen])
        out_of_fold[~seen] = fit.log_odds(_evidence(binned, features[:, ~seen]))
    # A model is too sure of itself on rows it saw; the slope out of fold corrects that.
    shift, slope = regress(out_of_fold[:, None], ~is_bad, ridge=0.0).tolist()
    across = measure(1.0 / (1.0 + np.exp(shift + slope * out_of_fold)), is_bad)
    binned, fit = _fit(features, is_bad)
    chosen = [binned[place] for place in fit.kept]
    table = _table(chosen, fit, shift, slope)
    weights = {
        one.feature.name: round(weight, 6) for one, weight in zip(chosen, fit.weights, strict=True)
    }
    return Learnt(table, tuple(binned), weights, across)


def _arrays(sample: Sample) -> tuple[Column, Outcomes]:
    is_bad = np.array(sample.is_bad, np.bool_)
    bad = int(is_bad.sum())
    if len(is_bad) != len(sample.facts):
        raise BadInput("every application has one outcome")
    if len(is_bad) < ROWS_MIN or min(bad, len(is_bad) - bad) < OUTCOMES_MIN:
        raise BadInput(f"training needs {ROWS_MIN} rows and {OUTCOMES_MIN} of each outcome")
    return assemble_batch(columns(sample.facts))[: len(STATED_FEATURES)], is_bad


def _fit(features: Column, is_bad: Outcomes) -> tuple[list[Binned], Fit]:
    binned = [cut(one, row, is_bad) for one, row in zip(STATED_FEATURES, features, strict=True)]
    useful = [place for place, one in enumerate(binned) if one.value >= VALUE_MIN]
    evidence = _evidence(binned, features)[:, useful]
    fit = regress_same_sign(evidence, ~is_bad)
    return binned, Fit(fit.constant, fit.weights, tuple(useful[place] for place in fit.kept))


def _evidence(binned: Sequence[Binned], features: Column) -> Floats:
    return np.column_stack([one.encode(row) for one, row in zip(binned, features, strict=True)])


def _table(chosen: Sequence[Binned], fit: Fit, shift: float, slope: float) -> dict[str, Any]:
    base = POINTS_AT_ODDS + _FACTOR * (shift + slope * fit.constant - math.log(ODDS))
    features = [
        _feature(one, _FACTOR * slope * weight)
        for one, weight in zip(chosen, fit.weights, strict=True)
    ]
    points = [[one["points"] for one in feature["bins"]] for feature in features]
    least = round(base) + sum(map(min, points))
    most = round(base) + sum(map(max, points))
    return {
        "schema": SCHEMA,
        "kind": KIND,
        "scale": {
            "points": POINTS_AT_ODDS,
            "odds": ODDS,
            "points_per_doubling": POINTS_PER_DOUBLING,
        },
        "base_points": round(base),
        "features": features,
        "pd_ppm": {"from_points": least, "table": [_pd_ppm(n) for n in range(least, most + 1)]},
    }


def _feature(one: Binned, points_per_evidence: float) -> dict[str, Any]:
    points = [round(points_per_evidence * each.woe) for each in one.bins]
    rows = [each.good + each.bad for each in one.bins]
    average = sum(n * p for n, p in zip(rows, points, strict=True)) / sum(rows)
    return {
        "name": one.feature.name,
        "direction": one.feature.direction.value,
        "reason": one.feature.reason,
        "reason_unknown": one.feature.reason_unknown,
        "average_points": round(average),
        "bins": [
            {"from": None if each.low == UNKNOWN else each.low, "points": p}
            | ({"word": one.feature.words[n]} if one.feature.words else {})
            for n, (each, p) in enumerate(zip(one.bins, points, strict=True))
        ],
    }


def _pd_ppm(points: int) -> int:
    doublings = (points - POINTS_AT_ODDS) / POINTS_PER_DOUBLING
    return round(PPM / (1.0 + ODDS * math.exp2(doublings)))
