"""Real applications as the platform is asked them: column names, unit scale, split, mapping.

The table is modeldata's `credit_data`: 4,454 loan applications of a Spanish bank with their real
outcome. Age and marital state stand in the file and are never read here.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tongtu.kernel.errors import BadInput, NotFound

COLUMNS = (
    "rownames", "Status", "Seniority", "Home", "Time", "Age", "Marital", "Records", "Job",
    "Expenses", "Income", "Assets", "Debt", "Amount", "Price",
)  # fmt: skip
FILE_NAME = "credit_data.csv"
ROWS_MAX = 100_000
# One unit of the table (by the usual description 1,000 pesetas) is taken as 40 yuan, a fixed
# factor: the median income becomes 5,000 yuan a month. The level is not claimed to be Chinese.
UNIT_MINOR = 4_000
TRAINING_PERCENT = 60

# Words of the table -> words of the platform; what is not here (ignore, empty) is unknown.
HOMES = {
    "owner": "owner", "rent": "rent", "parents": "parents", "priv": "private", "other": "other",
}  # fmt: skip
JOBS = {"fixed": "fixed", "freelance": "freelance", "partime": "part_time", "others": "other"}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Applicant:
    """One row: what is asked and stated, and how it really ended.

    `device` is synthetic: one of its own for each row.
    """

    row: int  # the row's number in the table, 1..4454
    position: int  # its place among the applicants of this reading
    is_bad: bool
    amount_minor: int
    tenor_months: int
    facts: Mapping[str, int | str | bool | None]
    device: str

    def body(self) -> dict[str, object]:
        """Return the body of POST /v1/applications."""
        # The table's loans buy goods; who borrows the whole price is taken to spend it freely.
        price_minor = self.facts["price_minor"]
        is_cash = isinstance(price_minor, int) and self.amount_minor >= price_minor
        return {
            "product": "consumer_cash" if is_cash else "goods_instalment",
            "amount_minor": self.amount_minor,
            "tenor_months": self.tenor_months,
            "purpose": "daily_consumption" if is_cash else "goods",
            "device": self.device,
            "facts": dict(self.facts),
        }

    def stated(self) -> dict[str, int | str | bool | None]:
        """Return everything a score may look at: the stated facts, amount and term."""
        return {
            **self.facts, "amount_minor": self.amount_minor, "tenor_months": self.tenor_months
        }  # fmt: skip


def is_training(row: int) -> bool:
    """Return whether a model may learn from this row; the others apply in the replay."""
    digest = hashlib.blake2b(f"credit_data:{row}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100 < TRAINING_PERCENT


def read_applicants(path: Path, *, training: bool) -> tuple[Applicant, ...]:
    """Return the training or the replay rows of the file, in its order.

    Raises:
        NotFound: `tongtu data` has not made the file.
        BadInput: the file is not that table.
    """
    chosen = (row for row in _rows(path) if is_training(int(row["rownames"])) is training)
    return tuple(_applicant(row, position) for position, row in enumerate(chosen))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise BadInput(f"{path.name} does not have the columns of credit_data")
            for number, row in enumerate(reader):
                if number >= ROWS_MAX:
                    raise BadInput(f"{path.name} has more than {ROWS_MAX} rows")
                yield row
    except FileNotFoundError:
        raise NotFound(f"there is no {path.name}: run `tongtu data` first") from None


def _applicant(row: Mapping[str, str], position: int) -> Applicant:
    number = int(row["rownames"])
    return Applicant(
        row=number,
        position=position,
        is_bad=row["Status"] == "bad",
        amount_minor=int(row["Amount"]) * UNIT_MINOR,
        tenor_months=int(row["Time"]),
        facts={
            "income_minor": _minor(row["Income"]),
            "expenses_minor": int(row["Expenses"]) * UNIT_MINOR,
            "assets_minor": _minor(row["Assets"]),
            "debt_minor": _minor(row["Debt"]),
            "price_minor": int(row["Price"]) * UNIT_MINOR,
            "seniority_years": int(row["Seniority"]),
            "home": HOMES.get(row["Home"], UNKNOWN),
            "job": JOBS.get(row["Job"], UNKNOWN),
            "records": row["Records"] == "yes",
        },
        device=f"table-{number}",
    )


def _minor(text: str) -> int | None:
    """Return fen; an empty cell is unknown, which is not zero."""
    return int(text) * UNIT_MINOR if text else None
