"""A lender's day as lines and a file. Pure; amounts in minor units, signed as its account does.

The lines come from the payments and the total from the ledger: a file is made only when both agree.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tongtu.kernel.errors import Broken
from tongtu.kernel.money import MINOR_PER_MAJOR

COLUMNS = ("line", "payment", "bank_reference", "amount")


class SettlementState(StrEnum):
    """Where a settlement stands."""

    MADE = "made"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """What moved a lender's money: a payment by its public id, or a ledger movement by its code."""

    name: str
    payment: str
    bank_reference: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Day:
    """A lender's account in the ledger on one day."""

    lender: int
    day: date
    opening_minor: int
    closing_minor: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """A file that a lender is told by, as it stands."""

    lender: int
    day: date
    opening_minor: int
    total_minor: int
    closing_minor: int
    lines: int
    content: bytes
    state: SettlementState = SettlementState.MADE
    made_at: datetime | None = None
    answered_at: datetime | None = None
    note: str | None = None

    @property
    def sha256(self) -> bytes:
        """The hash of the file, which the lender's answer names."""
        return hashlib.sha256(self.content).digest()


def make(at: Day, lines: Sequence[SettlementLine]) -> Settlement:
    """Return the settlement of a day.

    Raises:
        Broken: code `settlement_differs`: the lines do not lead from opening to closing balance.
    """
    total_minor = sum(line.amount_minor for line in lines)
    if at.opening_minor + total_minor != at.closing_minor:
        raise Broken(
            f"lender {at.lender} on {at.day}: payments come to {total_minor}, "
            f"the ledger to {at.closing_minor - at.opening_minor}",
            code="settlement_differs",
        )
    return Settlement(
        at.lender, at.day, at.opening_minor, total_minor, at.closing_minor, len(lines),
        _write(at, lines, total_minor),
    )  # fmt: skip


def _write(at: Day, lines: Sequence[SettlementLine], total_minor: int) -> bytes:
    """Return the file: opening balance, each line, total, closing balance; amounts in yuan."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerow(("opening", f"lender-{at.lender}", at.day.isoformat(), _yuan(at.opening_minor)))
    for line in lines:
        amount = _yuan(line.amount_minor)
        writer.writerow((line.name, line.payment, line.bank_reference, amount))
    writer.writerow(("total", str(len(lines)), "", _yuan(total_minor)))
    writer.writerow(("closing", f"lender-{at.lender}", at.day.isoformat(), _yuan(at.closing_minor)))
    return text.getvalue().encode()


def _yuan(minor: int) -> str:
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // MINOR_PER_MAJOR}.{minor % MINOR_PER_MAJOR:02}"
