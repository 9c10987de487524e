"""Frozen terms of a loan. They carry a version: a stored loan stays readable for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tongtu.terms.model.calendar import HolidayCalendar
from tongtu.terms.model.convention import (
    Accrual,
    DayCount,
    Every,
    Grace,
    LastRule,
    Method,
    MonthEnd,
    Rounding,
    Unit,
)
from tongtu.terms.model.fault import BadTerms, bounded, bounded_decimal
from tongtu.terms.model.fee import FEES_MAX, Fee, monthly_fee
from tongtu.terms.model.plain import from_plain, to_plain
from tongtu.terms.model.prepaid import Prepaid

# Terms without interest in advance are written as they were before there was any.
VERSION, PLAIN_VERSION = 3, 2
# One billion fen is fifty times the legal line for a consumer; int64 products stay below 1e15.
PRINCIPAL_MINOR_MAX = 1_000_000_000
RATE_BPS_MAX = 10_000
# A house loan of thirty years by the month; a loan by the day or week may have as many rows.
INSTALMENTS_MAX = 360
# Longer than any loan: it bounds what a due date can be.
SPAN_YEARS_MAX = 60
START_YEARS = range(1900, 2201)
_UNIT_YEARS = {
    Unit.DAYS: 365, Unit.WEEKS: 52, Unit.SEMI_MONTHLY: 24, Unit.MONTHS: 12, Unit.YEARS: 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What was agreed, and all a schedule is made from. Due dates keep the day of `start`.

    `rate_bps` is an int, or a Decimal where a rate is finer than a basis point. `balloon_minor` is
    principal that waits for the last instalment.
    """

    principal_minor: int
    rate_bps: int | Decimal
    instalments: int
    start: date
    method: Method = Method.EQUAL_INSTALMENT
    day_count: DayCount = DayCount.MONTHLY
    every: Every = Every()
    accrual: Accrual = Accrual()
    rounding: Rounding = Rounding()
    grace: Grace = Grace()
    month_end: MonthEnd = MonthEnd.CLAMP
    down_payment_percent: Decimal = Decimal(0)
    balloon_minor: int = 0
    calendar: HolidayCalendar | None = None
    fees: tuple[Fee, ...] = ()
    prepaid: Prepaid | None = None

    def __post_init__(self) -> None:
        bounded("principal_minor", self.principal_minor, 1, PRINCIPAL_MINOR_MAX)
        if isinstance(self.rate_bps, Decimal):
            bounded_decimal("rate_bps", self.rate_bps, 0, RATE_BPS_MAX)
        else:
            bounded("rate_bps", self.rate_bps, 0, RATE_BPS_MAX)
        bounded("instalments", self.instalments, 1, INSTALMENTS_MAX)
        bounded("start.year", self.start.year, START_YEARS[0], START_YEARS[-1])
        if self.instalments * self.every.count > SPAN_YEARS_MAX * _UNIT_YEARS[self.every.unit]:
            raise BadTerms(f"instalments run for at most {SPAN_YEARS_MAX} years")
        bounded("grace.principal", self.grace.principal, 0, self.instalments - 1)
        bounded("grace.interest", self.grace.interest, 0, self.instalments - 1)
        bounded("balloon_minor", self.balloon_minor, 0, self.principal_minor)
        bounded_decimal("down_payment_percent", self.down_payment_percent, 0, 100)
        if self.down_payment_percent == 100:
            raise BadTerms("a down payment of 100 percent leaves no loan")
        if len(self.fees) > FEES_MAX:
            raise BadTerms(f"a loan has at most {FEES_MAX} fees")
        if len({fee.code for fee in self.fees}) != len(self.fees):
            raise BadTerms("each fee of a loan has a code of its own")
        self._refuse_what_contradicts()

    def _refuse_what_contradicts(self) -> None:
        if self.balloon_minor and self.method is Method.FLAT:
            raise BadTerms("a flat loan has no balloon")
        if self.method is Method.FLAT and self.grace.interest:
            raise BadTerms("a flat loan has no grace on interest")
        if self.rounding.last is LastRule.EVENED_OUT and self.rounding.digits is None:
            raise BadTerms("evening out is defined for figures of so many digits")
        if self.prepaid is not None:
            bounded("prepaid.periods", self.prepaid.periods, 1, self.instalments)
            if self.grace.interest:
                raise BadTerms("interest in advance and grace on interest contradict each other")

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values with the version of this shape."""
        values = to_plain(self)
        if self.prepaid is None:
            del values["prepaid"]
            return {"version": PLAIN_VERSION, **values}
        return {"version": VERSION, **values}

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> LoanTerms:
        """Read what `to_json` wrote, in any version. Raises BadTerms for anything else."""
        rest = dict(values)
        version = rest.pop("version", None)
        if version == 1:
            return _of_version_1(rest)
        if version == PLAIN_VERSION and "prepaid" not in rest:
            rest["prepaid"] = None
        elif version != VERSION or rest.get("prepaid") is None:
            raise BadTerms("these loan terms were written in an unknown version")
        terms: LoanTerms = from_plain(cls, rest)
        return terms


def _of_version_1(values: Mapping[str, object]) -> LoanTerms:
    """Read the first shape: whole months, one fee, figures exact and half up."""
    first: _Version1 = from_plain(_Version1, values)
    level = first.method in {Method.EQUAL_INSTALMENT, Method.FLAT}
    if level and first.day_count is not DayCount.MONTHLY:
        raise BadTerms(f"{first.method} is counted in whole months, day count 30/360")
    bounded("fee_minor_monthly", first.fee_minor_monthly, 0, first.principal_minor)
    return LoanTerms(
        first.principal_minor,
        first.rate_bps,
        first.tenor_months,
        first.start,
        first.method,
        first.day_count,
        fees=monthly_fee(first.fee_minor_monthly),
    )


@dataclass(frozen=True, slots=True)
class _Version1:
    principal_minor: int
    rate_bps: int
    tenor_months: int
    start: date
    method: Method
    day_count: DayCount
    fee_minor_monthly: int
