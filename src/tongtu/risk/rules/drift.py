"""Whether applications are still like those a model learnt from: PSI of score and inputs.

Both are the same sum over bins, (actual - expected) x ln(actual / expected). Below .1 nothing has
moved, above .25 the model speaks of other people than it learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from tongtu.kernel.errors import BadInput
from tongtu.risk.rules.cells import Floats

QUIET_BELOW, ALARM_ABOVE = 0.1, 0.25
# Of fewer applications chance alone moves the sum: with ten bins its mean is 9 / rows.
ROWS_MIN = 200
# Stands in an empty bin, so that one application more or less is never infinitely many.
_HALF = 0.5
SCORE = "score"


class Level(StrEnum):
    """What a shift asks for."""

    QUIET = "quiet"
    WATCH = "watch"
    ALARM = "alarm"
    FEW = "few"  # too few applications to say anything


class Shift(NamedTuple):
    """How far one distribution moved."""

    name: str  # "score", or the feature's
    value: float
    level: Level


@dataclass(frozen=True, slots=True)
class Bins:
    """A feature as training saw it: where bins but the first begin, and how many lay in each."""

    name: str
    lows: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What training saw: of the score by band (empty: not kept), and of each feature."""

    bands: tuple[int, ...]
    features: tuple[Bins, ...]


def psi(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Return the population stability index of two counts over the same bins.

    Raises:
        BadInput: other bins, or nothing in one of the two.
    """
    if len(expected) != len(actual) or not sum(expected) or not sum(actual):
        raise BadInput("two counts over the same bins are compared")
    before = [max(one, _HALF) for one in expected]
    after = [max(one, _HALF) for one in actual]
    total_before, total_after = sum(before), sum(after)
    return sum(
        (b / total_after - a / total_before) * math.log((b / total_after) / (a / total_before))
        for a, b in zip(before, after, strict=True)
    )


def read_baseline(manifest: Mapping[str, Any]) -> Baseline:
    """Return what a model's manifest says of the rows it learnt from."""
    told = manifest.get("features") or manifest.get("columns") or ()
    features = []
    for one in told:
        bins = one["bins"]
        # The first bin begins nowhere; a later one without a beginning is the missing value's.
        lows = [math.inf if bin_["from"] is None else float(bin_["from"]) for bin_ in bins[1:]]
        counts = [int(bin_["good"]) + int(bin_["bad"]) for bin_ in bins]
        if len(counts) > 1 and any(counts):
            features.append(Bins(str(one["name"]), tuple(lows), tuple(counts)))
    return Baseline(tuple(int(one) for one in manifest.get("bands", ())), tuple(features))


def shifts(baseline: Baseline, bands: Sequence[int], columns: Mapping[str, Floats]) -> list[Shift]:
    """Return the shift of the score (by counts of bands) and of every feature that is there."""
    rows = sum(bands)
    found = []
    if rows and len(baseline.bands) == len(bands) and sum(baseline.bands):
        found.append(_shift(SCORE, psi(baseline.bands, bands), rows))
    for one in baseline.features:
        values = columns.get(one.name)
        if values is None or not len(values):
            continue
        places = np.searchsorted(np.array(one.lows), values, side="right")
        counts = np.bincount(places, minlength=len(one.counts)).tolist()
        found.append(_shift(one.name, psi(one.counts, counts), len(values)))
    return found


def _shift(name: str, value: float, rows: int) -> Shift:
    level = Level.QUIET
    if rows < ROWS_MIN:
        level = Level.FEW
    elif value > ALARM_ABOVE:
        level = Level.ALARM
    elif value >= QUIET_BELOW:
        level = Level.WATCH
    return Shift(name, round(value, 6), level)
