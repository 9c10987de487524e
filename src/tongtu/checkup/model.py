"""A book of loans as columns, how its columns are told apart, and what an audit of it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class BadBook(BadInput):
    """A file that cannot be audited; the message says what to do next."""

    default_code = "bad_book"


class BadMapping(BadInput):
    """A mapping that names what the book has not, or says too little."""

    default_code = "bad_mapping"


class Role(StrEnum):
    """What a column of a book tells."""

    LOAN = "loan"  # the book's own name of a loan
    PRINCIPAL = "principal"
    RATE = "rate"  # nominal, a year
    MONTHS = "months"
    INSTALMENT = "instalment"  # a month, interest and principal
    START = "start"
    FEE_MONTHLY = "fee_monthly"
    FEE_UPFRONT = "fee_upfront"  # kept back or paid when the money is paid out
    SCORE = "score"  # theirs: a grade or a number
    OUTCOME = "outcome"
    STATE = "state"  # where the borrower lives
    LENDER_KIND = "lender_kind"


NEEDED = (Role.PRINCIPAL, Role.RATE, Role.MONTHS, Role.INSTALMENT)


class Money(StrEnum):
    """In which unit a book writes money."""

    MAJOR = "major"  # yuan, dollars
    MINOR = "minor"  # fen, cents


class RateUnit(StrEnum):
    """In which unit a book writes yearly rates."""

    PERCENT = "percent"
    FRACTION = "fraction"
    BPS = "bps"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column tells what, in which unit, which outcomes are bad, what no model may read."""

    columns: Mapping[Role, str]
    money: Money = Money.MAJOR
    rate: RateUnit = RateUnit.PERCENT
    bad: tuple[str, ...] = ()
    is_higher_riskier: bool = True  # of their score; of grades: later in the alphabet
    constants: Mapping[Role, str] = field(default_factory=dict)  # state, lender_kind
    leave_out: Mapping[str, str] = field(default_factory=dict)  # column: why
    evidence: Mapping[Role, str] = field(default_factory=dict)

    def told(self, role: Role) -> bool:
        """Return whether a column tells this."""
        return role in self.columns


@dataclass(frozen=True, slots=True)
class Book:
    """The loans of a book that could be read, by column, and the lines that could not."""

    name: str
    sha256: str
    rows: int
    line: Ints  # of each loan in the file; a head is line 1
    loan: tuple[str, ...]
    principal: Ints  # minor units
    rate_ppm: Ints
    months: Ints
    instalment: Ints
    fee_monthly: Ints
    fee_upfront: Ints
    start: tuple[date, ...] | None
    words: Mapping[Role, tuple[str, ...]]  # state, lender_kind, score as it stands
    unread: tuple[tuple[int, str], ...]

    def __len__(self) -> int:
        """Return how many loans could be read."""
        return len(self.line)
