"""Frozen terms of a loan, its schedule, and the cash flows a yearly cost is taken from.

All money is an int of minor units (fen). Terms carry a version: a stored loan stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tongtu.kernel.errors import BadInput

VERSION = 1
# One billion fen is fifty times the legal line for a consumer; int64 products stay below 1e15.
PRINCIPAL_MINOR_MAX = 1_000_000_000
RATE_BPS_MAX = 10_000
# A house loan of thirty years can be scheduled; quotes stop at the consumer bound of rules/quote.
TENOR_MONTHS_MAX = 360


class Method(StrEnum):
    """How principal and interest are spread over the instalments."""

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_ONLY = "interest_only"
    FLAT = "flat"


class DayCount(StrEnum):
    """The part of a year an instalment period is.

    `30/360` is one twelfth for every month, whatever its days.
    """

    MONTHLY = "30/360"
    ACT_360 = "ACT/360"
    ACT_365F = "ACT/365F"
    ACT_ACT_ISDA = "ACT/ACT ISDA"
    BOND_30_360 = "30/360 bond basis"
    EURO_30E_360 = "30E/360"


class BadTerms(BadInput):
    """Terms outside the bounds a schedule can be made for."""

    default_code = "bad_terms"


class BadFlows(BadInput):
    """Cash flows a yearly cost cannot be taken from."""

    default_code = "bad_flows"


class NoRoot(BadFlows):
    """No rate makes the present value of these flows zero."""

    default_code = "no_root"


class ManyRoots(BadFlows):
    """More than one rate makes the present value zero, so none may be shown."""

    default_code = "many_roots"


class UnknownMethod(BadInput):
    """A yearly-cost method that no strategy is registered for."""

    default_code = "unknown_method"


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What was agreed, and all a schedule is made from. Due dates keep the day of `start`."""

    principal_minor: int
    rate_bps: int
    tenor_months: int
    start: date
    method: Method = Method.EQUAL_INSTALMENT
    day_count: DayCount = DayCount.MONTHLY
    fee_minor_monthly: int = 0

    def __post_init__(self) -> None:
        _bounded("principal_minor", self.principal_minor, 1, PRINCIPAL_MINOR_MAX)
        _bounded("rate_bps", self.rate_bps, 0, RATE_BPS_MAX)
        _bounded("tenor_months", self.tenor_months, 1, TENOR_MONTHS_MAX)
        _bounded("fee_minor_monthly", self.fee_minor_monthly, 0, self.principal_minor)
        level = self.method in {Method.EQUAL_INSTALMENT, Method.FLAT}
        if level and self.day_count is not DayCount.MONTHLY:
            raise BadTerms(f"{self.method} is counted in whole months, day count 30/360")

    def to_json(self) -> dict[str, str | int]:
        """Return plain JSON values with the version of this shape."""
        return {
            "version": VERSION,
            "principal_minor": self.principal_minor,
            "rate_bps": self.rate_bps,
            "tenor_months": self.tenor_months,
            "start": self.start.isoformat(),
            "method": self.method.value,
            "day_count": self.day_count.value,
            "fee_minor_monthly": self.fee_minor_monthly,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> LoanTerms:
        """Read what `to_json` wrote. Raises BadTerms for another version or shape."""
        rest = dict(values)
        if rest.pop("version", None) != VERSION:
            raise BadTerms("these loan terms were written in an unknown version")
        try:
            return cls(
                principal_minor=_integer(rest.pop("principal_minor")),
                rate_bps=_integer(rest.pop("rate_bps")),
                tenor_months=_integer(rest.pop("tenor_months")),
                start=date.fromisoformat(str(rest.pop("start"))),
                method=Method(str(rest.pop("method"))),
                day_count=DayCount(str(rest.pop("day_count"))),
                fee_minor_monthly=_integer(rest.pop("fee_minor_monthly")),
            )
        except KeyError as missing:
            raise BadTerms(f"loan terms without {missing}") from None
        except ValueError as error:
            raise BadTerms(f"loan terms cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Instalment:
    """One row of a schedule; `outstanding_minor` is the principal left after it."""

    nr: int
    due_date: date
    principal_minor: int
    interest_minor: int
    fee_minor: int
    total_minor: int
    outstanding_minor: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every instalment of a loan that is paid as agreed."""

    rows: tuple[Instalment, ...]

    @property
    def principal_minor(self) -> int:
        return sum(row.principal_minor for row in self.rows)

    @property
    def total_minor(self) -> int:
        return sum(row.total_minor for row in self.rows)

    @property
    def cost_minor(self) -> int:
        """Interest and fees: all that is paid beyond the principal."""
        return self.total_minor - self.principal_minor

    def flows(self) -> tuple[Flow, ...]:
        """Return the cash flows by month number: paid out at 0, an instalment each month."""
        paid = tuple(Flow(row.nr, -row.total_minor) for row in self.rows)
        return (Flow(0, self.principal_minor), *paid)


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount at a period number or a date; > 0 is paid to the borrower, < 0 by them.

    The unit of `amount` does not matter as long as all flows share it.
    """

    at: int | date
    amount: Decimal | int


def _bounded(name: str, value: int, low: int, high: int) -> None:
    if type(value) is not int:
        raise BadTerms(f"{name} is a whole number", fields={name: "whole number"})
    if not low <= value <= high:
        raise BadTerms(f"{name} lies between {low} and {high}", fields={name: f"{low}..{high}"})


def _integer(value: object) -> int:
    if type(value) is not int:
        raise BadTerms("an amount, a rate and a tenor are whole numbers")
    return value
