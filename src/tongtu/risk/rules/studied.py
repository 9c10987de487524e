"""A studied model over the platform's own features: what the decision lane scores by.

Reasons are told as the codes of the features' own reasons: a code's part is the sum of the exact
parts of the columns it speaks for, so it is as true as they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput
from tongtu.risk.model import BAND_LINES_PPM, REASONS_MAX
from tongtu.risk.rules.cells import CellColumn, Floats
from tongtu.risk.rules.features import (
    FEATURES,
    NAMES,
    UNKNOWN,
    Column,
    Feature,
    assemble_batch,
    assemble_row,
    columns_of,
)
from tongtu.risk.rules.scorer import REASON_MIN, Scorer, probability
from tongtu.risk.rules.steps import points_of

PPM = 1_000_000
# Below this many the columns cost more than they save.
FEW = 6


class Side(StrEnum):
    """What the two lines say of a probability: decided at 95 % right, or left to a person."""

    APPROVE = "approve"
    DECLINE = "decline"
    PERSON = "person"


_APPROVE, _DECLINE, _PERSON = (side.value for side in Side)


class Scored(NamedTuple):
    """What a studied model says of one application; integers and words, so that it replays."""

    points: int
    pd_ppm: int
    band: int
    side: str
    reasons: tuple[str, ...]


class Studied:
    """A scorer whose columns are features of the platform, with its two lines."""

    __slots__ = (
        "_approve", "_codes", "_columns", "_decline", "_known", "_places", "_readers", "_unknown",
        "hash", "scorer",
    )  # fmt: skip

    def __init__(self, scorer: Scorer, approve: float | None, decline: float | None) -> None:
        self.scorer, self.hash = scorer, scorer.hash
        # A line that is not drawn decides nobody.
        self._approve = -1.0 if approve is None else approve
        self._decline = 2.0 if decline is None else decline
        foreign = sorted({one.name for one in scorer.columns} - set(NAMES))
        if foreign:
            raise BadInput(
                f"the platform has no feature {', '.join(foreign)}", code="foreign_columns"
            )
        features = [FEATURES[NAMES.index(one.name)] for one in scorer.columns]
        self._columns = scorer.columns
        self._places = [NAMES.index(one.name) for one in scorer.columns]
        self._readers = [_by_code(*pair) for pair in zip(scorer.columns, features, strict=True)]
        said = [one.reason for one in features] + [one.reason_unknown for one in features]
        self._codes = tuple(dict.fromkeys(said))
        self._known = np.array([self._codes.index(one.reason) for one in features])
        self._unknown = np.array([self._codes.index(one.reason_unknown) for one in features])

    def columns_of(self, rows: Sequence[tuple[int, ...]]) -> dict[str, Floats]:
        """Return what the model reads of many applications, by column."""
        features = assemble_batch(columns_of(rows))[self._places]
        cells = self._cells(features, features == UNKNOWN)
        return {one.name: row for one, row in zip(self._columns, cells, strict=True)}

    def score_rows(self, rows: Sequence[tuple[int, ...]]) -> list[Scored]:
        """Score applications by their `facts_row`: by column when they are many, the same."""
        if len(rows) < FEW:
            return [self._score_row(row) for row in rows]
        return self.score_features(assemble_batch(columns_of(rows)))

    def score_features(self, table: Column) -> list[Scored]:
        """Score applications whose features `assemble_batch` gave."""
        rows = table.shape[1]
        features = table[self._places]
        is_unknown = features == UNKNOWN
        log_odds, parts = self.scorer.explain_all(self._cells(features, is_unknown))
        codes = np.where(is_unknown.T, self._unknown, self._known)
        width = len(self._codes)
        at = codes + np.arange(rows)[:, None] * width
        lost = np.bincount(at.reshape(-1), parts.T.reshape(-1), rows * width)
        lost = lost.reshape(-1, width)
        worst = np.argsort(-lost, axis=1, kind="stable")[:, :REASONS_MAX]
        is_reason = np.take_along_axis(lost, worst, axis=1) > REASON_MIN
        words = self._codes
        reasons = [
            tuple([words[n] for n in chosen[:count]])
            for chosen, count in zip(worst.tolist(), is_reason.sum(axis=1).tolist(), strict=True)
        ]
        return self._scored(log_odds.tolist(), reasons)

    def _score_row(self, row: tuple[int, ...]) -> Scored:
        features = assemble_row(row)
        values = [features[place] for place in self._places]
        cells = [
            (float(value) if value != UNKNOWN else one.missing) if reader is None else reader[value]
            for one, reader, value in zip(self._columns, self._readers, values, strict=True)
        ]
        log_odds, parts = self.scorer.explain(cells)
        lost = [0.0] * len(self._codes)
        for value, part, known, unknown in zip(
            values, parts, self._known.tolist(), self._unknown.tolist(), strict=True
        ):
            lost[unknown if value == UNKNOWN else known] += part
        worst = sorted([(-part, n) for n, part in enumerate(lost) if part > REASON_MIN])
        reasons = tuple([self._codes[n] for _, n in worst[:REASONS_MAX]])
        return self._scored([log_odds], [reasons])[0]

    def _scored(self, log_odds: list[float], reasons: list[tuple[str, ...]]) -> list[Scored]:
        pds = [probability(one) for one in log_odds]
        return [
            Scored(
                points_of(odds),
                pd_ppm := round(pd * PPM),
                bisect_right(BAND_LINES_PPM, pd_ppm),
                _APPROVE if pd <= self._approve else _DECLINE if pd >= self._decline else _PERSON,
                told,
            )
            for odds, pd, told in zip(log_odds, pds, reasons, strict=True)
        ]

    def _cells(self, features: NDArray[np.int64], is_unknown: NDArray[np.bool_]) -> Floats:
        cells = features.astype(np.float64)
        for row, raw, unknown, one, reader in zip(
            cells, features, is_unknown, self._columns, self._readers, strict=True
        ):
            if reader is None:
                row[unknown] = one.missing
            else:
                row[:] = np.array(reader)[raw]
        return cells


def _by_code(one: CellColumn, feature: Feature) -> list[float] | None:
    """Return the cell of each word's code; None for a column of numbers."""
    if bool(one.ranks) != bool(feature.words):
        raise BadInput(f"{one.name} is of another kind here", code="foreign_columns")
    return [one.read(word) for word in feature.words] if feature.words else None
