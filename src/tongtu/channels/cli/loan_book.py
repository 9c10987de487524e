"""Reads a running loan book (CSV or parquet) by a mapping file into rows, or reasons by line."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tongtu.kernel.errors import BadInput

FILE_BYTES_MAX = 200_000_000
# A packed file of some bytes may hold a row as often as it likes: counted before it is unpacked.
ROWS_MAX = 2_000_000
TEXT_MAX = 64
MONEY = (
    "principal_minor", "fee_monthly_minor", "paid_of_next_minor", "outstanding_minor",
    "next_instalment_minor",
)  # fmt: skip
COUNTS = ("lender", "tenor_months", "instalments_paid")
DAYS = ("opened_on", "next_due_date")
TEXTS = ("external", "borrower", "product", "method")
FIELDS = frozenset((*MONEY, *COUNTS, *DAYS, *TEXTS, "rate_bps"))
# What a book may lack, and what it then is.
DEFAULTS: Mapping[str, object] = {
    "fee_monthly_minor": 0, "paid_of_next_minor": 0, "method": "equal_instalment",
}  # fmt: skip
# How a book may call the ways of repaying.
METHODS = {
    "等额本息": "equal_instalment", "等额本金": "equal_principal", "先息后本": "interest_only",
    "等本等息": "flat",
}  # fmt: skip
_PER_UNIT = {"yuan": 100, "fen": 1}
_PER_RATE = {"percent": 100, "bps": 1, "fraction": 10_000}


@dataclass(frozen=True, slots=True)
class Mapped:
    """How a book's columns become ours: names, constants, units, the form of its dates."""

    columns: Mapping[str, str]
    constants: Mapping[str, object]
    money: str
    rate: str
    day: str

    @classmethod
    def read(cls, path: Path) -> Mapped:
        """Return the mapping of a TOML file. Raises BadInput."""
        try:
            file = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise BadInput(f"the mapping {path.name} cannot be read: {fault}") from fault
        units = file.get("units", {})
        made = cls(
            file.get("columns", {}), file.get("constants", {}), units.get("money", "yuan"),
            units.get("rate", "percent"), units.get("date", "%Y-%m-%d"),
        )  # fmt: skip
        given = set(made.columns) | set(made.constants) | set(DEFAULTS)
        if unknown := sorted((set(made.columns) | set(made.constants)) - FIELDS):
            raise BadInput(f"the mapping names what no loan has: {', '.join(unknown)}")
        if missing := sorted(FIELDS - given):
            raise BadInput(f"the mapping does not say where to find: {', '.join(missing)}")
        if made.money not in _PER_UNIT or made.rate not in _PER_RATE:
            raise BadInput("units are yuan or fen, and percent, bps or fraction")
        return made


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be read, and why."""

    line: int
    reason: str


def read_book(path: Path, mapped: Mapped) -> Iterator[dict[str, Any] | BadRow]:
    """Yield each row as the API takes it, with its `line`, or why it cannot be read.

    Lines count from 1 with a CSV's head, so that an editor shows the very line.

    Raises:
        BadInput: the file cannot be read, or lacks a column of the mapping.
    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise BadInput(f"a book has at most {FILE_BYTES_MAX} bytes; cut it into batches")
    rows = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    for line, row in rows:
        if lacking := sorted(set(mapped.columns.values()) - set(row)):
            raise BadInput(f"the book has no column {', '.join(lacking)}")
        yield _row(line, row, mapped)


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        try:
            for row in reader:
                yield reader.line_num, row
        except csv.Error as fault:  # a field without an end, or with a NUL
            raise BadInput(f"line {reader.line_num} of the book is no CSV") from fault


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    import polars as pl  # noqa: PLC0415 - slow to load, and a CSV needs none of it

    try:
        rows = pl.scan_parquet(path).select(pl.len()).collect().item()  # of the file's own foot
    except pl.exceptions.PolarsError as fault:
        raise BadInput("the book is no parquet file") from fault
    if rows > ROWS_MAX:
        raise BadInput(f"a book has at most {ROWS_MAX} rows; cut it into batches")
    yield from enumerate(pl.read_parquet(path).iter_rows(named=True), start=1)


def _row(line: int, row: Mapping[str, Any], mapped: Mapped) -> dict[str, Any] | BadRow:
    given = {**DEFAULTS, **mapped.constants}
    own = {field: row[column] for field, column in mapped.columns.items()}
    made: dict[str, Any] = {"line": line}
    for field in sorted(FIELDS):
        try:
            made[field] = _value(field, own[field], mapped) if field in own else given[field]
        except (ValueError, InvalidOperation, TypeError, OverflowError) as fault:
            return BadRow(line, f"{mapped.columns[field]}: {_said(fault)}")
    return made


def _value(field: str, raw: Any, mapped: Mapped) -> Any:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        if field in DEFAULTS:
            return DEFAULTS[field]
        raise ValueError("is empty")
    if field in MONEY:
        return _exact(raw, _PER_UNIT[mapped.money], "a fen")
    if field == "rate_bps":
        return _exact(raw, _PER_RATE[mapped.rate], "a basis point")
    if field in COUNTS:
        return _exact(raw, 1, "one")
    if field in DAYS:
        return _day(raw, mapped.day).isoformat()
    return _text(str(raw).strip(), is_method=field == "method")


def _text(text: str, *, is_method: bool) -> str:
    if is_method:
        return _method(text)
    if len(text) > TEXT_MAX:
        raise ValueError(f"is longer than {TEXT_MAX} letters")
    return text


def _method(text: str) -> str:
    found = METHODS.get(text, text)
    if found not in METHODS.values():
        raise ValueError(f"{text} is no method of repaying that is known here")
    return found


def _exact(raw: Any, times: int, least: str) -> int:
    """Return a figure in its least unit; what is not whole in it is refused, never rounded."""
    if isinstance(raw, float):
        raw = repr(raw)
    figure = Decimal(str(raw).strip().replace(",", "")) * times
    if not figure.is_finite() or figure != figure.to_integral_value():
        raise ValueError(f"{raw} is no whole number of {least}")
    if figure < 0:
        raise ValueError(f"{raw} is below zero")
    return int(figure)


def _day(raw: Any, form: str) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    return raw if isinstance(raw, date) else _parsed(str(raw).strip(), form)


def _parsed(text: str, form: str) -> date:
    return datetime.strptime(text, form).replace(tzinfo=UTC).date()


def _said(fault: Exception) -> str:
    return "is no number" if isinstance(fault, InvalidOperation) else str(fault)
