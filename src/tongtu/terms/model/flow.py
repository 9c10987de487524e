"""A cash flow: amounts at moments, told as its publisher tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Days:
    """A moment so many days after the first."""

    count: int


@dataclass(frozen=True, slots=True)
class Years:
    """A moment so many years, and parts of one, after the first."""

    count: Decimal | Fraction


@dataclass(frozen=True, slots=True)
class UnitPeriods:
    """A moment `whole` unit periods and a `part` of one after the first (Regulation Z)."""

    whole: int
    part: Decimal
    per_year: Decimal


# A bare int is the number of a period (a month, where the method is by months).
Moment = int | date | Days | Years | UnitPeriods


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount at a moment; > 0 is paid to the borrower, < 0 by them.

    The unit of `amount` does not matter as long as all flows share it.
    """

    at: Moment
    amount: Decimal | int
