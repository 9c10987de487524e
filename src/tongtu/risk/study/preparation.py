"""Learns how columns are read and cut, from the training rows of a fold alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import CellColumn, Floats, Values, Words, column, read_rows
from tongtu.risk.rules.scorer import Input
from tongtu.risk.study.binning import Cut, cut, find_specials
from tongtu.risk.study.challenger import Directions
from tongtu.risk.study.spec import Spec

Outcomes = NDArray[np.bool_]
Rows = NDArray[np.int64]

# Fewer rows without a value teach nothing of what its absence means.
MISSING_ROWS_MIN = 20
# A direction of weaker evidence is not forced on the challenger.
ONE_WAY_VALUE_MIN = 0.02
# Words of fewer rows share one rank.
WORD_ROWS_MIN = 10
_SAID = {"rises": 1, "falls": -1}
# A word's risk is drawn to the average as if this many more average rows had it.
WORD_PRIOR_ROWS = 10.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Columns as both engines read them, and how the champion cuts each."""

    columns: tuple[CellColumn, ...]
    cuts: tuple[Cut, ...]
    inputs: tuple[Input, ...]
    directions: Directions


def prepare(table: Mapping[str, Values], rows: Rows, is_bad: Outcomes, spec: Spec) -> Prepared:
    """Return what these rows teach of the table's columns."""
    columns: list[CellColumn] = []
    cuts: list[Cut] = []
    inputs: list[Input] = []
    found_ways: list[int] = []
    said_ways: list[int] = []
    for place, (name, values) in enumerate(table.items()):
        said = spec.of(name)
        first = _column(name, values, rows, is_bad)
        cells = first.read_all(take(values, rows))
        specials = said.specials
        if specials is None:
            specials = () if first.ranks else find_specials(cells)
        shape = "rises" if first.ranks else said.direction
        found = cut(cells, is_bad, shape=shape, specials=specials)
        columns.append(_with_fallback(first, cells, found))
        cuts.append(found)
        inputs.append(Input(place, specials))
        said_way = _SAID.get(said.direction or "", 0)
        said_ways.append(said_way)
        found_ways.append(said_way if said.direction or first.ranks else _found(found))
        if len(specials) + first.may_miss > 1:
            inputs.append(Input(place, specials, is_kind=True))
            found_ways.append(0)
            said_ways.append(0)
    directions = Directions(tuple(found_ways), tuple(said_ways))
    return Prepared(tuple(columns), tuple(cuts), tuple(inputs), directions)


def take(values: Values, rows: Rows) -> Values:
    """Return the values of some rows."""
    if isinstance(values, Words):
        return Words(values.words, values.codes[rows])
    return values[rows]


def take_rows(columns: Sequence[CellColumn], table: Mapping[str, Values], rows: Rows) -> Floats:
    """Return the cells of some rows, (columns, rows)."""
    return read_rows(columns, {one.name: take(table[one.name], rows) for one in columns})


def _column(name: str, values: Values, rows: Rows, is_bad: Outcomes) -> CellColumn:
    """Return a column whose fallback is not known yet."""
    if not isinstance(values, Words):
        may_miss = int(np.isnan(values[rows]).sum()) >= MISSING_ROWS_MIN
        return column(name, may_miss=may_miss, fallback=math.nan)
    codes = values.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(values.words))
    bad = np.bincount(codes[codes >= 0], is_bad[codes >= 0], minlength=len(values.words))
    ranks = _ranked(values.words, counts, bad, float(is_bad.mean()))
    may_miss = int((codes < 0).sum()) >= MISSING_ROWS_MIN
    return column(name, may_miss=may_miss, fallback=float(len(ranks) - 1), ranks=ranks)


def _ranked(
    words: Sequence[str], counts: NDArray[Any], bad: NDArray[Any], average: float
) -> list[list[str]]:
    usual = [n for n in range(len(words)) if counts[n] >= WORD_ROWS_MIN]
    rare = [n for n in range(len(words)) if 0 < counts[n] < WORD_ROWS_MIN]
    groups = [[n] for n in usual] + ([rare] if rare else [])

    def risk(group: list[int]) -> tuple[float, int]:
        rows, worse = float(counts[group].sum()), float(bad[group].sum())
        return (worse + WORD_PRIOR_ROWS * average) / (rows + WORD_PRIOR_ROWS), group[0]

    return [[words[n] for n in group] for group in sorted(groups, key=risk)] or [[""]]


def _with_fallback(first: CellColumn, cells: Floats, found: Cut) -> CellColumn:
    """Return the column with its riskiest seen value as what stands for one never seen."""
    riskiest = min(found.bins[:-1], key=lambda one: one.woe)
    known = cells[np.isfinite(cells)]
    inside = known[found.encode(known) <= riskiest.woe]
    fallback = float(np.median(inside)) if len(inside) else 0.0
    if first.ranks:
        fallback = float(len(first.ranks) - 1)
    return column(first.name, may_miss=first.may_miss, fallback=fallback, ranks=first.ranks)


def _found(found: Cut) -> int:
    if not found.is_one_way or found.value < ONE_WAY_VALUE_MIN:
        return 0
    return _SAID[found.shape]
