"""From a record of any table to the numbers that both engines read: one cell a column.

A missing value is NaN where training saw enough of them. A word is its rank by risk, safest first.
What training never saw (another word, an absent value where none was absent, infinity) takes the
column's riskiest value, so that nothing unknown can improve a score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput
from tongtu.risk.model import BadModel

Floats = NDArray[np.float64]
NAN = math.nan
# More columns than this no table of applications has; a row's work is bounded by it.
COLUMNS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words: the words that occur, and the place of each row's word; -1 is missing."""

    words: tuple[str, ...]
    codes: NDArray[np.int64]


Values = Floats | Words


@dataclass(frozen=True, slots=True)
class CellColumn:
    """How a column is read. `ranks` holds a word column's words by rank; empty for numbers."""

    name: str
    may_miss: bool
    fallback: float
    ranks: tuple[tuple[str, ...], ...] = ()
    by_word: Mapping[str, float] = field(default_factory=dict)

    @property
    def missing(self) -> float:
        """What an absent value is read as."""
        return NAN if self.may_miss else self.fallback

    def read(self, value: object) -> float:
        """Return the cell of one value. Raises BadInput when it is of another type."""
        if value is None:
            return self.missing
        if self.ranks:
            if type(value) is not str:
                raise _wrong_type(self.name, "a word")
            return self.by_word.get(value, self.fallback)
        # bool is an int to Python and a number to every table format.
        if type(value) not in {float, int, bool}:
            raise _wrong_type(self.name, "a number")
        number = float(value)  # type: ignore[arg-type]  # a number by the line above
        if number != number:  # noqa: PLR0124 - NaN is a missing value
            return self.missing
        return number if math.isfinite(number) else self.fallback

    def read_all(self, values: Values) -> Floats:
        """Return the cells of many rows, as `read` would."""
        if isinstance(values, Words):
            if not self.ranks:
                raise _wrong_type(self.name, "a number")
            known = [self.by_word.get(word, self.fallback) for word in values.words]
            return np.array([*known, self.missing])[values.codes]
        if self.ranks:
            raise _wrong_type(self.name, "a word")
        cells = np.where(np.isnan(values), self.missing, values)
        return np.where(np.isinf(cells), self.fallback, cells)


def column(
    name: str, *, may_miss: bool, fallback: float, ranks: Sequence[Sequence[str]] = ()
) -> CellColumn:
    """Return a column; its words by rank, safest first."""
    by_word = {word: float(rank) for rank, words in enumerate(ranks) for word in words}
    return CellColumn(name, may_miss, fallback, tuple(map(tuple, ranks)), by_word)


def read_row(columns: Sequence[CellColumn], record: Mapping[str, object]) -> list[float]:
    """Return the cells of one record.

    Raises:
        BadInput: a column is not there (`missing_column`) or of another type (`wrong_type`).
    """
    try:
        return [one.read(record[one.name]) for one in columns]
    except KeyError as error:
        raise _missing_columns([str(error.args[0])]) from None


def read_rows(columns: Sequence[CellColumn], table: Mapping[str, Values]) -> Floats:
    """Return the cells of a table, a row a column (columns, rows). Raises as `read_row` does."""
    absent = [one.name for one in columns if one.name not in table]
    if absent:
        raise _missing_columns(absent)
    return np.array([one.read_all(table[one.name]) for one in columns], np.float64)


def write_columns(columns: Sequence[CellColumn]) -> list[dict[str, Any]]:
    """Return the columns as JSON values."""
    return [
        {
            "name": one.name,
            "may_miss": one.may_miss,
            "fallback": None if math.isnan(one.fallback) else one.fallback,
            "ranks": [list(words) for words in one.ranks],
        }
        for one in columns
    ]


def load_columns(value: Any) -> tuple[CellColumn, ...]:
    """Return the columns of JSON values. Raises BadModel."""
    try:
        found = tuple(
            column(
                str(one["name"]),
                may_miss=bool(one["may_miss"]),
                fallback=NAN if one["fallback"] is None else float(one["fallback"]),
                ranks=[[str(word) for word in words] for words in one["ranks"]],
            )
            for one in value
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadModel("a model's columns cannot be read") from error
    if not 0 < len(found) <= COLUMNS_MAX or len({one.name for one in found}) != len(found):
        raise BadModel("a model reads named columns, each once")
    return found


def _missing_columns(names: Sequence[str]) -> BadInput:
    return BadInput(
        f"the table lacks {', '.join(sorted(names))}",
        code="missing_column",
        fields=dict.fromkeys(sorted(names), "the model reads this column"),
    )


def _wrong_type(name: str, needed: str) -> BadInput:
    return BadInput(
        f"{name} holds no value of its kind: {needed} is needed",
        code="wrong_type",
        fields={name: f"{needed} is needed"},
    )
