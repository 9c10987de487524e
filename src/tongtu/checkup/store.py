"""Reads a book's file into columns: every figure exact, every line that cannot be read by name."""

from __future__ import annotations

import hashlib
import io
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from tongtu.checkup.model import (
    BadBook,
    BadMapping,
    Book,
    Columns,
    Flags,
    Floats,
    Ints,
    Money,
    RateUnit,
    Role,
)
from tongtu.terms.api import INSTALMENTS_MAX, PRINCIPAL_MINOR_MAX, RATE_PPM_MAX

# A book of five million loans of a hundred columns; the file is held in memory once.
FILE_BYTES_MAX = 4_000_000_000
ROWS_MAX = 5_000_000
DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S",
)
MONTHS = ("%b-%Y", "%Y-%m", "%Y/%m", "%Y年%m月", "%Y%m", "%b-%y", "%B %Y")
_PER_UNIT = {Money.MAJOR: 100, Money.MINOR: 1}
_PPM_PER = {RateUnit.PERCENT: 10_000, RateUnit.FRACTION: 1_000_000, RateUnit.BPS: 100}
# A float of a figure with two decimals errs by less; a tenth of a cent is more.
_NEAR = 1e-3
_BOUNDS = {
    Role.PRINCIPAL: (1, PRINCIPAL_MINOR_MAX),
    Role.RATE: (0, RATE_PPM_MAX),
    Role.MONTHS: (1, INSTALMENTS_MAX),
    Role.INSTALMENT: (1, PRINCIPAL_MINOR_MAX),
    Role.FEE_MONTHLY: (0, PRINCIPAL_MINOR_MAX),
    Role.FEE_UPFRONT: (0, PRINCIPAL_MINOR_MAX),
}


def read_frame(path: Path) -> tuple[pl.DataFrame, str]:
    """Return a file as a frame, and its sha256.

    Raises:
        BadBook: no file, another form, no rows, or beyond a bound; each with what to do next.
    """
    if not path.is_file():
        raise BadBook(f"there is no file {path.name}: give the path of a .csv or .parquet")
    if path.stat().st_size > FILE_BYTES_MAX:
        raise BadBook(f"{path.name} is larger than {FILE_BYTES_MAX} bytes: cut it by year")
    content = path.read_bytes()
    try:
        frame = _frame(path.name, content)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError, ValueError) as error:
        said = str(error).split("\n", 1)[0][:160]
        raise BadBook(
            f"{path.name} is no table ({said}): save it as CSV with a head line, or as parquet"
        ) from error
    if not frame.height or frame.width < 2:
        raise BadBook(
            f"{path.name} has {frame.height} rows and {frame.width} columns: a book has a head"
            " line, one loan a line, and its columns are parted by commas"
        )
    if frame.height > ROWS_MAX:
        raise BadBook(f"{path.name} has more than {ROWS_MAX} rows: cut it by year")
    return frame, hashlib.sha256(content).hexdigest()


def _frame(name: str, content: bytes) -> pl.DataFrame:
    if content[:4] == b"PAR1":
        # A packed file may hold a row as often as it likes: its foot is read before its body.
        if pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item() > ROWS_MAX:
            raise BadBook(f"{name} has more than {ROWS_MAX} rows: cut it by year")
        return pl.read_parquet(content)
    if content[:4] == b"PK\x03\x04":
        raise BadBook(f"{name} is a spreadsheet: save the sheet as CSV (UTF-8) and give that")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content = content.decode("gb18030").encode()  # what Chinese spreadsheets write
    head = content[:20_000].split(b"\n", 1)[0]
    mark = max((b",", b";", b"\t"), key=head.count).decode()
    return pl.read_csv(
        content, separator=mark, infer_schema_length=None, null_values=["", "NA", "NaN"]
    )


def read_book(name: str, told: tuple[pl.DataFrame, str], columns: Columns) -> tuple[Book, Flags]:
    """Return the loans that can be read, and which rows of the frame they are.

    Raises:
        BadMapping: a column the book has not.
        BadBook: not one line can be read.
    """
    frame, sha256 = told
    for role, column in columns.columns.items():
        if column not in frame.columns:
            raise BadMapping(
                f"{name} has no column {column!r} ({role}); "
                f"it has: {', '.join(frame.columns)[:400]}"
            )
    rows = frame.height
    found: dict[Role, Ints] = {}
    bad: dict[int, str] = {}
    for role in _BOUNDS:
        if not columns.told(role):
            found[role] = np.zeros(rows, np.int64)
            continue
        series = frame[columns.columns[role]]
        found[role], faults = _whole(series, role, columns)
        for row in np.flatnonzero(faults).tolist():
            bad.setdefault(row, f"{series.name} ({role}): {_said(series[row], role)}")
    start = None
    if columns.told(Role.START):
        series = frame[columns.columns[Role.START]]
        start = days_of(series)
        for row, day in enumerate(start):
            if day is None:
                bad.setdefault(row, f"{series.name} (start): {series[row]!r} is no day or month")
    good = np.ones(rows, np.bool_)
    good[list(bad)] = False
    if not good.any():
        first = bad[min(bad)]
        raise BadBook(f"{name}: not one line can be read; line 2: {first}. Change the mapping")
    picked = np.flatnonzero(good)
    words = {
        role: tuple(_words(frame[columns.columns[role]], picked))
        for role in (Role.STATE, Role.LENDER_KIND, Role.SCORE)
        if columns.told(role)
    }
    loan = Role.LOAN
    ids = _words(frame[columns.columns[loan]], picked) if columns.told(loan) else [""] * len(picked)
    unread = tuple((row + 2, why) for row, why in sorted(bad.items()))
    figures = {role: column[picked] for role, column in found.items()}
    book = Book(
        name=name,
        sha256=sha256,
        rows=rows,
        line=picked + 2,
        loan=tuple(ids),
        principal=figures[Role.PRINCIPAL],
        rate_ppm=figures[Role.RATE],
        months=figures[Role.MONTHS],
        instalment=figures[Role.INSTALMENT],
        fee_monthly=figures[Role.FEE_MONTHLY],
        fee_upfront=figures[Role.FEE_UPFRONT],
        start=None if start is None else _known(start, good),
        words=words,
        unread=unread,
    )
    return book, good


def _known(days: list[date | None], good: Flags) -> tuple[date, ...]:
    return tuple(day for day, ok in zip(days, good.tolist(), strict=True) if ok and day)


def numbers_of(series: pl.Series) -> Floats:
    """Return a column's numbers, NaN where there is none: 1,234.50, ¥80, 12.5 %, 36 months."""
    if not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        text = series.cast(pl.String).str.replace_all(r"[,\s¥￥$€%元]", "")
        text = text.str.replace(r"(?i)(months?|期|个月)$", "")
        series = text.cast(pl.Float64, strict=False)
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def days_of(series: pl.Series) -> list[date | None]:
    """Return a column's days; a month is its first day. None where none can be read."""
    if series.dtype.is_temporal():
        return list(series.cast(pl.Date).to_list())
    text = series.cast(pl.String).str.strip_chars()
    known = max(1, len(text) - text.null_count())
    best: pl.Series | None = None
    for form in DAYS:
        read = text.str.to_date(form, strict=False)
        if best is None or read.null_count() < best.null_count():
            best = read
    for form in MONTHS:
        read = ("01 " + text).str.to_date(f"%d {form}", strict=False)
        if best is None or read.null_count() < best.null_count():
            best = read
    assert best is not None
    return list(best.to_list()) if best.null_count() < known else [None] * len(text)


def _whole(series: pl.Series, role: Role, columns: Columns) -> tuple[Ints, Flags]:
    """Return whole units, and which rows hold no figure, or one that is not whole or not lawful."""
    figures = numbers_of(series)
    if role is Role.RATE:
        figures = figures * _PPM_PER[columns.rate]
    elif role is not Role.MONTHS:
        figures = figures * _PER_UNIT[columns.money]
    if role in {Role.FEE_MONTHLY, Role.FEE_UPFRONT}:
        figures = np.where(np.isnan(figures), 0.0, figures)
    low, high = _BOUNDS[role]
    with np.errstate(invalid="ignore"):
        whole = np.rint(figures)
        faults = ~((whole >= low) & (whole <= high))
        # A rate finer than a millionth a year is taken to the nearest; money never is.
        if role is not Role.RATE:
            faults |= ~(np.abs(figures - whole) < _NEAR)
    return np.where(faults, low, whole).astype(np.int64), faults


def _said(value: object, role: Role) -> str:
    low, high = _BOUNDS[role]
    if value is None:
        return "is empty"
    return f"{value!r} is no whole figure between {low} and {high} of its least unit"


def _words(series: pl.Series, picked: Ints) -> list[str]:
    words = series.cast(pl.String).fill_null("")
    return [str(word) for word in words.gather(picked).to_list()]
