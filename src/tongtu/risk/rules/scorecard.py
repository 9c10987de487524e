"""A points table read from JSON: one score by the standard library, many by numpy, the same.

A feature's points are found by its bin; a reason's loss is how many points its features give less
than they give the average applicant. Reasons are the codes that lost most, so they are true.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.model import REASONS_MAX, BadModel, Score, ScoreBatch
from tongtu.risk.rules.features import (
    NAMES,
    UNKNOWN,
    Column,
    assemble_batch,
    assemble_row,
    columns_of,
    facts_row,
)

SCHEMA = 1
KIND = "points_table"
# A table of 17 features and their bins has 12 kB.
FILE_BYTES_MAX = 1_000_000
# Rows that are scored together: their bins stay in the processor's cache.
CHUNK = 4_096
# Losses and codes share one integer while reasons are sorted; there are fewer codes than this.
_CODES_MAX = 64


@dataclass(frozen=True, slots=True)
class Part:
    """One feature of the table: where its bins begin, and what each gives."""

    place: int  # in the row of features
    lows: tuple[int, ...]  # of every bin but the first
    points: tuple[int, ...]
    losses: tuple[int, ...]  # less than the average applicant gets; below 0: more
    codes: tuple[int, ...]  # the reason each bin speaks for


class Scorecard:
    """A loaded points table. Its `hash` is sha256 of the file."""

    __slots__ = (
        "_base", "_code_losses", "_firsts", "_lows", "_offsets", "_parts", "_pd_from", "_pd_ppm",
        "_pd_table", "_places", "_points", "hash", "reason_codes",
    )  # fmt: skip

    def __init__(self, table: Mapping[str, Any], content_hash: str) -> None:
        self.hash = content_hash
        self.reason_codes, self._parts = _read_parts(table)
        self._base = _integer(table["base_points"])
        self._pd_from = _integer(table["pd_ppm"]["from_points"])
        self._pd_ppm = tuple(_integer(pd) for pd in table["pd_ppm"]["table"])
        _check_range(self._parts, self._base, self._pd_from, len(self._pd_ppm))
        self._lay_out()

    @classmethod
    def load(cls, path: Path) -> Scorecard:
        """Return the table of a file. Raises BadModel when it is none."""
        try:
            with path.open("rb") as file:
                content = file.read(FILE_BYTES_MAX + 1)
        except OSError as error:
            raise BadModel(f"the model file {path.name} cannot be read") from error
        return cls.read(content)

    @classmethod
    def read(cls, content: bytes) -> Scorecard:
        """Return the table of a file's bytes. Raises BadModel when they are none."""
        try:
            table = json.loads(content[: FILE_BYTES_MAX + 1])
            if table["kind"] != KIND or table["schema"] != SCHEMA:
                raise BadModel(f"a model of kind {KIND}, schema {SCHEMA} is needed")
            return cls(table, hashlib.sha256(content).hexdigest())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadModel("the model file is no points table") from error

    def score(self, facts: Mapping[str, object]) -> Score:
        """Score one application. Raises BadInput when a fact is missing or malformed."""
        return self.score_row(facts_row(facts))

    def score_row(self, facts: tuple[int, ...]) -> Score:
        """Score one application by its `facts_row`."""
        row = assemble_row(facts)
        total = self._base
        lost = [0] * len(self.reason_codes)
        for part in self._parts:
            n = bisect_right(part.lows, row[part.place])
            total += part.points[n]
            lost[part.codes[n]] += part.losses[n]
        worst = sorted([(-loss, code) for code, loss in enumerate(lost) if loss > 0])
        reasons = tuple(self.reason_codes[code] for _, code in worst[:REASONS_MAX])
        return Score(total, self._pd_ppm[total - self._pd_from], reasons)

    def columns_of(self, rows: Sequence[tuple[int, ...]]) -> dict[str, NDArray[np.float64]]:
        """Return the features of many applications by name, as their training counted them."""
        features = assemble_batch(columns_of(rows)).astype(np.float64)
        return dict(zip(NAMES, features, strict=True))

    def score_batch(self, columns: Mapping[str, Column]) -> ScoreBatch:
        """Score applications given as columns of facts (see `columns`), as `score` would."""
        return self.score_features(assemble_batch(columns))

    def score_features(self, features: Column) -> ScoreBatch:
        """Score applications whose features `assemble_batch` gave."""
        parts = [
            self._score_chunk(features[:, start : start + CHUNK])
            for start in range(0, features.shape[1], CHUNK)
        ]
        if len(parts) == 1:
            return parts[0]
        return ScoreBatch(
            np.concatenate([part.points for part in parts] or [np.empty(0, np.int64)]),
            np.concatenate([part.pd_ppm for part in parts] or [np.empty(0, np.int64)]),
            np.concatenate([part.reasons for part in parts] or [np.empty((0, 4), np.int64)]),
        )

    def words(self, batch: ScoreBatch, row: int) -> tuple[str, ...]:
        """Return the reason codes of one row of a batch."""
        return tuple(self.reason_codes[code] for code in batch.reasons[row].tolist() if code >= 0)

    def _lay_out(self) -> None:
        """Lay all bins of all features end to end, so that a batch needs few numpy calls."""
        parts = self._parts
        # A feature of one bin still needs a bound to be counted; no value lies below UNKNOWN.
        bounds = [(UNKNOWN, *part.lows) for part in parts]
        sizes = [len(one) for one in bounds]
        self._places = np.repeat([part.place for part in parts], sizes)
        self._lows = np.array([low for one in bounds for low in one], np.int64)[:, None]
        self._firsts = np.cumsum([0, *sizes[:-1]])
        self._offsets = (self._firsts - 1)[:, None]
        self._points = np.array([points for part in parts for points in part.points], np.int32)
        self._code_losses = np.zeros((len(self._lows), len(self.reason_codes)), np.int32)
        codes = [code for part in parts for code in part.codes]
        losses = [loss for part in parts for loss in part.losses]
        self._code_losses[np.arange(len(codes)), codes] = losses
        self._pd_table = np.array(self._pd_ppm, np.int64)

    def _score_chunk(self, features: Column) -> ScoreBatch:
        reached = (features[self._places] >= self._lows).view(np.int8)
        bins = np.add.reduceat(reached, self._firsts, axis=0, dtype=np.int64) + self._offsets
        points = self._points[bins].sum(axis=0, dtype=np.int64) + self._base
        lost = self._code_losses[bins].sum(axis=0)
        order = np.arange(_CODES_MAX - 1, _CODES_MAX - 1 - lost.shape[1], -1)
        keys = np.where(lost > 0, lost * _CODES_MAX + order, 0)
        keys.sort(axis=1)
        worst = keys[:, : -REASONS_MAX - 1 : -1]
        reasons = np.full((len(points), REASONS_MAX), -1, np.int64)
        reasons[:, : worst.shape[1]] = np.where(worst > 0, _CODES_MAX - 1 - worst % _CODES_MAX, -1)
        return ScoreBatch(points, self._pd_table[points - self._pd_from], reasons)


def _read_parts(table: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[Part, ...]]:
    features = table["features"]
    names = [feature["name"] for feature in features]
    if not names or len(set(names)) != len(names) or set(names) - set(NAMES):
        raise BadModel("a model reads known features, each once")
    codes: dict[str, int] = {}
    for feature in features:
        for code in (feature["reason"], feature["reason_unknown"]):
            codes.setdefault(str(code), len(codes))
    if len(codes) > _CODES_MAX:
        raise BadModel("a model has too many reason codes")
    return tuple(codes), tuple(_read_part(feature, codes) for feature in features)


def _read_part(feature: Mapping[str, Any], codes: Mapping[str, int]) -> Part:
    bins = feature["bins"]
    lows = [UNKNOWN if one["from"] is None else _integer(one["from"]) for one in bins]
    if lows[:1] != [UNKNOWN] or lows != sorted(set(lows)):
        raise BadModel(f"the bins of {feature['name']} do not ascend from unknown")
    points = tuple(_integer(one["points"]) for one in bins)
    average = _integer(feature["average_points"])
    known = codes[feature["reason"]]
    return Part(
        place=NAMES.index(feature["name"]),
        lows=tuple(lows[1:]),
        points=points,
        losses=tuple(average - one for one in points),
        codes=(codes[feature["reason_unknown"]], *[known] * (len(bins) - 1)),
    )


def _check_range(parts: tuple[Part, ...], base: int, first: int, count: int) -> None:
    least = base + sum(min(part.points) for part in parts)
    most = base + sum(max(part.points) for part in parts)
    if first > least or first + count <= most:
        raise BadModel("the table of probabilities does not cover every score")


def _integer(value: object) -> int:
    if type(value) is not int:
        raise BadModel("a points table holds whole numbers")
    return value
