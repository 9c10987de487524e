"""The demo's applicants: rows of a public table of real loan applications and their outcomes.

The table is modeldata's `credit_data` (4,454 applications to a Spanish lender, MIT licence); it
arrives through a package and never lies in the repository. Identities around it are synthetic.
One unit of its money columns is read as 40 yuan, so that amounts fall into the range of consumer
credit; every ratio between them stays as it was. Age and marital state are never read.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongtu.kernel.errors import BadInput

FILE_NAME = "credit_data.csv"
UNIT_MINOR = 40 * 100
TRAINING_PERCENT = 60
HOMES = {"owner": "owner", "rent": "rent", "parents": "parents", "priv": "private"}
JOBS = {"fixed": "fixed", "freelance": "freelance", "partime": "part_time"}
MISSING = ("", "NA", "nan")
COLUMNS = (
    "Status", "Seniority", "Home", "Time", "Records", "Job", "Expenses", "Income", "Assets",
    "Debt", "Amount", "Price",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applicant:
    """One real application. `position` is its place in the replay, `row` its row in the table."""

    row: int
    position: int
    amount_minor: int
    tenor_months: int
    facts: dict[str, Any]
    is_bad: bool

    def body(self) -> dict[str, Any]:
        """Return the application as the API takes it."""
        return {
            "product": "goods_instalment",
            "amount_minor": self.amount_minor,
            "tenor_months": self.tenor_months,
            "purpose": "goods",
            "device": f"replay-{self.row}",
            "facts": self.facts,
        }


def is_training(row: int) -> bool:
    """Return whether a row trains the model; all others are replayed. Fixed for ever.

    The rule is a hash of the row's number, so no one is scored by a model that has seen them.
    """
    digest = hashlib.blake2b(f"credit_data/{row}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 100 < TRAINING_PERCENT


def applicant_of(row: int, columns: dict[str, str], position: int = 0) -> Applicant:
    """Map one row of the table to an application."""
    return Applicant(
        row=row,
        position=position,
        amount_minor=_required(columns, "Amount") * UNIT_MINOR,
        tenor_months=_required(columns, "Time"),
        facts={
            "income_minor": _money(columns, "Income"),
            "expenses_minor": _required(columns, "Expenses") * UNIT_MINOR,
            "assets_minor": _money(columns, "Assets"),
            "debt_minor": _money(columns, "Debt"),
            "price_minor": _required(columns, "Price") * UNIT_MINOR,
            "seniority_years": _required(columns, "Seniority"),
            "home": _word(columns, "Home", HOMES),
            "job": _word(columns, "Job", JOBS),
            "records": columns["Records"] == "yes",
        },
        is_bad=columns["Status"] == "bad",
    )


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number from 1, columns) of the table.

    Raises:
        BadInput: the file is missing or is another table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise BadInput(f"{path} is not the credit_data table; run: tongtu data")
            yield from enumerate(reader, start=1)
    except FileNotFoundError:
        raise BadInput(f"{path} is not there; run: tongtu data") from None


def replayed(path: Path, limit: int) -> Sequence[Applicant]:
    """Return the first `limit` applicants that no model was trained on."""
    found: list[Applicant] = []
    for row, columns in read_rows(path):
        if len(found) == limit:
            break
        if not is_training(row):
            found.append(applicant_of(row, columns, len(found)))
    return found


def training(path: Path) -> Sequence[Applicant]:
    """Return the applicants that models are trained on."""
    return [applicant_of(row, columns) for row, columns in read_rows(path) if is_training(row)]


def _money(columns: dict[str, str], name: str) -> int | None:
    text = columns[name]
    return None if text in MISSING else int(text.removesuffix(".0")) * UNIT_MINOR


def _required(columns: dict[str, str], name: str) -> int:
    return int(columns[name].removesuffix(".0"))


def _word(columns: dict[str, str], name: str, words: dict[str, str]) -> str:
    text = columns[name]
    return "unknown" if text in MISSING else words.get(text, "other")
