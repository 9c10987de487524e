"""Champion, challenger and their blend over one record or a table: probabilities and reasons.

The answer's log-odds are a constant plus one contribution a column; a reason is a column whose
contribution makes the answer worse than the average applicant's, dearest first, at most four.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.model import REASONS_MAX, BadModel
from tongtu.risk.rules.cells import CellColumn, Floats, Values, read_row, read_rows
from tongtu.risk.rules.forest import Forest
from tongtu.risk.rules.steps import PER_POINT, PointsTable, points_of

# Contributions to the log-odds below this are no reason to anybody.
REASON_MIN = 1e-6
# Log-odds beyond this are certainty; the exponential stays in range.
LOG_ODDS_MAX = 40.0


@dataclass(frozen=True, slots=True)
class Input:
    """A forest feature: a column's plain value (its special values are missing), or which special.

    The kind is 0 for a plain value, n for the n-th special one and -1 for a missing one.
    """

    place: int
    specials: tuple[float, ...] = ()
    is_kind: bool = False


@dataclass(frozen=True, slots=True)
class Mix:
    """log-odds = shift + champion x its log-odds + challenger x the trees' (+ offset: prior)."""

    shift: float
    champion: float
    challenger: float
    challenger_shift: float  # of the challenger alone: shift + slope x the trees' log-odds
    challenger_slope: float
    offset: float = 0.0


class Reason(NamedTuple):
    """A column that made the answer worse, and by how many points."""

    column: str
    points: float


class Answer(NamedTuple):
    """One record's score; `log_odds` = the constant + all contributions."""

    pd_champion: float
    pd_challenger: float
    pd: float
    score: int
    log_odds: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Scores by column. `reasons` holds places of columns, dearest first; -1 is none."""

    pd_champion: Floats
    pd_challenger: Floats
    pd: Floats
    score: NDArray[np.int64]
    log_odds: Floats
    reasons: NDArray[np.int64]  # (rows, 4)


def probability(log_odds: float) -> float:
    """Return the probability of log-odds, by the same function for one row and for many."""
    return 1.0 / (1.0 + math.exp(-max(-LOG_ODDS_MAX, min(LOG_ODDS_MAX, log_odds))))


class Scorer:
    """A loaded model. Its `hash` is that of its manifest."""

    __slots__ = (
        "_by_points", "_kinds", "_log_odds", "columns", "constant", "forest", "hash", "inputs",
        "mix", "table",
    )  # fmt: skip

    def __init__(
        self,
        columns: Sequence[CellColumn],
        table: PointsTable,
        forest: Forest,
        inputs: Sequence[Input],
        mix: Mix,
    ) -> None:
        self.columns, self.inputs = tuple(columns), tuple(inputs)
        self.table, self.forest, self.mix = table, forest, mix
        self.hash = ""
        if len(forest.owners) != len(self.inputs):
            raise BadModel("the trees read other features than the model has")
        self._kinds = [
            {special: float(n) for n, special in enumerate(one.specials, start=1)}
            for one in self.inputs
        ]
        self._by_points = [probability(one + mix.offset) for one in table.log_odds]
        self._log_odds = np.array(table.log_odds)
        average = mix.champion * table.log_odds[table.average - table.least]
        self.constant = mix.shift + mix.offset + average + mix.challenger * forest.expected

    def cells(self, record: Mapping[str, object]) -> list[float]:
        """Return what the engines read of a record. Raises BadInput (see `read_row`)."""
        return read_row(self.columns, record)

    def score(self, record: Mapping[str, object]) -> Answer:
        """Score one record with its reasons. Raises BadInput (see `read_row`)."""
        return self.score_cells(self.cells(record))

    def score_cells(self, cells: Sequence[float]) -> Answer:
        """Score one row of cells with its reasons."""
        place, margin, parts = self._explained(cells)
        log_odds = self._mixed(self.table.log_odds[place], margin)
        worst = sorted([(-part, n) for n, part in enumerate(parts) if part > REASON_MIN])
        # In the order of the fields: by name costs three times as much (ADR 0004).
        return Answer(
            self._by_points[place],
            probability(self._challenged(margin)),
            probability(log_odds),
            points_of(log_odds),
            log_odds,
            tuple(
                [Reason(self.columns[n].name, -part / PER_POINT) for part, n in worst[:REASONS_MAX]]
            ),
        )

    def explain(self, cells: Sequence[float]) -> tuple[float, list[float]]:
        """Return the answer's log-odds of one row, and each column's part over `constant`."""
        place, margin, parts = self._explained(cells)
        return self._mixed(self.table.log_odds[place], margin), parts

    def explain_all(self, cells: Floats) -> tuple[Floats, Floats]:
        """Return `explain` of many rows of cells: log-odds, and parts as (columns, rows)."""
        margins, shares = self.forest.explain_all(self._features_of(cells))
        losses = self.table.losses_of(cells)
        totals = self.table.average - losses.sum(axis=0) - self.table.least
        log_odds = self._mixed(self._log_odds[totals], margins)
        return log_odds, self.mix.challenger * shares + self.mix.champion * PER_POINT * losses

    def _explained(self, cells: Sequence[float]) -> tuple[int, float, list[float]]:
        """Return the place of the champion's points, the trees' log-odds, each column's part."""
        mix = self.mix
        margin, shares = self.forest.explain(self._features(cells))
        place = self.table.average - self.table.least
        parts = [mix.challenger * share for share in shares]
        for column, loss in self.table.losses(cells):
            place -= loss
            parts[column] += mix.champion * PER_POINT * loss
        return place, margin, parts

    def champion(self, cells: Sequence[float]) -> tuple[int, float, tuple[str, ...]]:
        """Return points, probability and reasons of the champion alone, by no numpy at all."""
        total, worst = self.table.base, []
        for column, loss in self.table.losses(cells):
            total -= loss
            if loss > 0:
                worst.append((-loss, column))
        total += self.table.average - self.table.base
        worst.sort()
        names = tuple(self.columns[n].name for _, n in worst[:REASONS_MAX])
        return total, self._by_points[total - self.table.least], names

    def score_table(self, table: Mapping[str, Values], *, reasons: bool = False) -> Answers:
        """Score the rows of a table; without `reasons` none is worked out. Raises BadInput."""
        return self.score_all(read_rows(self.columns, table), reasons=reasons)

    def score_all(self, cells: Floats, *, reasons: bool = False) -> Answers:
        """Score rows of cells, (columns, rows), as `score_cells` would."""
        totals = self.table.totals(cells) - self.table.least
        features = self._features_of(cells)
        if reasons:
            margins, shares = self.forest.explain_all(features)
            worst = self._worst(cells, shares)
        else:
            margins = self.forest.margins(features)
            worst = np.full((cells.shape[1], REASONS_MAX), -1, np.int64)
        log_odds = self._mixed(self._log_odds[totals], margins)
        return Answers(
            pd_champion=np.array(self._by_points)[totals],
            pd_challenger=_probabilities(self._challenged(margins)),
            pd=_probabilities(log_odds),
            score=np.array([points_of(one) for one in log_odds.tolist()], np.int64),
            log_odds=log_odds,
            reasons=worst,
        )

    def contributions(self, cells: Floats) -> Floats:
        """Return each column's part of the log-odds over `constant`, (columns, rows)."""
        _, shares = self.forest.explain_all(self._features_of(cells))
        return self._parts(cells, shares)

    def _mixed(self, champion: Any, margin: Any) -> Any:
        mix = self.mix
        return mix.shift + mix.offset + mix.champion * champion + mix.challenger * margin

    def _challenged(self, margin: Any) -> Any:
        mix = self.mix
        return mix.challenger_shift + mix.offset + mix.challenger_slope * margin

    def _parts(self, cells: Floats, shares: Floats) -> Floats:
        losses = self.table.losses_of(cells)
        return self.mix.challenger * shares + self.mix.champion * PER_POINT * losses

    def _worst(self, cells: Floats, shares: Floats) -> NDArray[np.int64]:
        parts = self._parts(cells, shares).T
        width = min(REASONS_MAX, parts.shape[1])
        order = np.argsort(-parts, axis=1, kind="stable")[:, :width]
        worst = np.full((len(parts), REASONS_MAX), -1, np.int64)
        is_reason = np.take_along_axis(parts, order, axis=1) > REASON_MIN
        worst[:, :width] = np.where(is_reason, order, -1)
        return worst

    def _features(self, cells: Sequence[float]) -> list[float]:
        if not any(self._kinds):
            return [cells[one.place] for one in self.inputs]
        row = []
        for one, kinds in zip(self.inputs, self._kinds, strict=True):
            cell = cells[one.place]
            if not kinds:
                row.append(cell)
            elif one.is_kind:
                missing = -1.0 if cell != cell else 0.0  # noqa: PLR0124 - NaN
                row.append(kinds.get(cell, missing))
            else:
                row.append(math.nan if cell in kinds else cell)
        return row

    def _features_of(self, cells: Floats) -> Floats:
        rows = np.empty((len(self.inputs), cells.shape[1]))
        for row, one in zip(rows, self.inputs, strict=True):
            row[:] = feature_of(one, cells[one.place])
        return rows


def feature_of(one: Input, cells: Floats) -> Floats:
    """Return a forest feature of many rows, from its column's cells."""
    if not one.specials:
        return cells
    if not one.is_kind:
        return np.where(np.isin(cells, one.specials), math.nan, cells)
    kinds = np.where(np.isnan(cells), -1.0, 0.0)
    for n, special in enumerate(one.specials, start=1):
        kinds[cells == special] = n
    return kinds


def _probabilities(log_odds: Floats) -> Floats:
    return np.fromiter(map(probability, log_odds.tolist()), np.float64, len(log_odds))
