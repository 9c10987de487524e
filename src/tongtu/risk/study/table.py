"""Reads a parquet or CSV table into columns of numbers and words, and says what it left out."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput, TooLarge
from tongtu.risk.rules.cells import COLUMNS_MAX, Floats, Values, Words
from tongtu.risk.study.spec import Spec

Outcomes = NDArray[np.bool_]

# A study keeps the table and its folds in memory.
ROWS_MAX = 5_000_000
# More words than this in a column are names, not categories.
WORDS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table's columns that a model may read, and those it may not, with the reason."""

    columns: Mapping[str, Values]
    left_out: Mapping[str, str]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Cases:
    """A sheet with the outcome of every row, and the time of each if the table has one."""

    sheet: Sheet
    is_bad: Outcomes
    time: Floats | None


def read_sheet(path: Path) -> tuple[pl.DataFrame, str]:
    """Return a file as a frame, and its sha256. Raises BadInput, TooLarge."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"the table {path.name} cannot be read", code="bad_table") from error
    try:
        if content[:4] == b"PAR1":
            # A packed file may hold a row as often as it likes: its foot is read before its body.
            if pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item() > ROWS_MAX:
                raise TooLarge(f"a table has at most {ROWS_MAX} rows")
            frame = pl.read_parquet(content)
        else:
            # Every row is looked at: a word in the last one makes a column of words.
            frame = pl.read_csv(content, infer_schema_length=None, null_values=["", "NA", "NaN"])
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise BadInput(f"{path.name} is no parquet or CSV table", code="bad_table") from error
    if frame.height > ROWS_MAX or frame.width > COLUMNS_MAX:
        raise TooLarge(f"a table has at most {ROWS_MAX} rows and {COLUMNS_MAX} columns")
    if not frame.height:
        raise BadInput(f"{path.name} has no rows", code="bad_table")
    return frame, hashlib.sha256(content).hexdigest()


def read_cases(path: Path, label: str, spec: Spec, time_column: str | None) -> Cases:
    """Return a table's cases.

    Raises:
        BadInput: no such column, a label that is not 0 and 1, or nothing to learn from.
    """
    frame, sha256 = read_sheet(path)
    for name in (label, *([time_column] if time_column else [])):
        if name not in frame.columns:
            raise BadInput(f"the table has no column {name}", code="missing_column")
    is_bad = _outcomes(frame[label])
    time = None if time_column is None else _times(frame[time_column])
    aside = {label: ""} | ({time_column: "tells the time"} if time_column else {})
    sheet = _sheet(frame, spec, sha256, aside)
    return Cases(sheet, is_bad, time)


def cases_of(frame: pl.DataFrame, is_bad: Outcomes, spec: Spec, sha256: str) -> Cases:
    """Return the cases of a frame whose outcomes are told beside it. Raises BadInput."""
    return Cases(_sheet(frame, spec, sha256, {}), is_bad, None)


def _sheet(frame: pl.DataFrame, spec: Spec, sha256: str, aside: Mapping[str, str]) -> Sheet:
    columns: dict[str, Values] = {}
    left_out = dict.fromkeys(spec.drop, "dropped by the spec")
    left_out |= dict.fromkeys(spec.protected, "protected: never a feature")
    for series in frame:
        name = series.name
        if name in left_out or name in aside:
            if reason := aside.get(name):
                left_out.setdefault(name, reason)
            continue
        reason = _unfit(series)
        if reason:
            left_out[name] = reason
        else:
            columns[name] = read_values(series, spec.of(name).kind)
    if not columns:
        raise BadInput("the table has no column to learn from", code="bad_table")
    return Sheet(columns, left_out, frame.height, sha256)


def read_values(series: pl.Series, kind: str | None = None) -> Values:
    """Return a column as numbers (NaN: missing) or words; `kind` is what it must be, if said.

    Raises:
        BadInput: words where numbers are needed.
    """
    is_number = series.dtype.is_numeric() or series.dtype == pl.Boolean
    if series.dtype == pl.Null:
        is_number = kind != "word"
    if kind == "word" or (kind is None and not is_number):
        return _words(series.cast(pl.String))
    if not is_number:
        series = _numbers(series)
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def _numbers(series: pl.Series) -> pl.Series:
    numbers = series.cast(pl.String).cast(pl.Float64, strict=False)
    if numbers.null_count() > series.null_count():
        raise BadInput(
            f"{series.name} holds words where numbers are needed",
            code="wrong_type",
            fields={series.name: "a number is needed"},
        )
    return numbers


def _words(series: pl.Series) -> Words:
    words = sorted(series.drop_nulls().unique().to_list())
    places = {word: n for n, word in enumerate(words)}
    codes = [-1 if word is None else places[word] for word in series.to_list()]
    return Words(tuple(words), np.array(codes, np.int64))


def _unfit(series: pl.Series) -> str:
    """Return why no model may learn from a column; empty when it may."""
    if series.dtype.is_temporal() or series.dtype.is_nested():
        return "a date, time or list is no feature"
    known = series.drop_nulls()
    distinct = known.n_unique()
    if distinct <= 1 and known.len() in {0, series.len()}:
        return "all rows are alike"
    if series.dtype.is_integer() and distinct == series.len() > WORDS_MAX:
        return "another number in every row: an identifier"
    if series.dtype in {pl.String, pl.Categorical} and distinct > WORDS_MAX:
        return f"more than {WORDS_MAX} words: names, not categories"
    return ""


def _outcomes(series: pl.Series) -> Outcomes:
    values = series.cast(pl.Float64, strict=False)
    if values.null_count() or not values.is_in([0.0, 1.0]).all():
        raise BadInput(f"{series.name} holds other values than 0 and 1", code="bad_label")
    return np.asarray(values.to_numpy() == 1.0)


def _times(series: pl.Series) -> Floats:
    if series.null_count():
        raise BadInput(f"{series.name} is not known of every row", code="bad_time")
    if series.dtype == pl.String:
        # ISO dates and year-months sort as text does.
        return series.rank("dense").cast(pl.Float64).to_numpy()
    if not (series.dtype.is_numeric() or series.dtype.is_temporal()):
        raise BadInput(f"{series.name} tells no time", code="bad_time")
    return series.to_physical().cast(pl.Float64).to_numpy()
