"""One walk through the periods: interest of each, what of the instalment is principal, the balance.

Interest an instalment cannot carry is carried to the next; the last one takes all that is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tongtu.terms.model.convention import Method
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Disbursement, Period, Span
from tongtu.terms.rules.interest import PeriodRate, interest_minor, period_rates


class Row(NamedTuple):
    """A period of a plan, in fen; what is paid out on the due date is in `closing_minor`."""

    period: Period
    principal_minor: int
    interest_minor: int
    closing_minor: int

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.interest_minor


@dataclass(slots=True)
class Plan:
    """What is set so far: per period what is paid out in it, and what is asked for.

    `asked_minor` is the instalment where that is level, otherwise its principal; None asks for
    interest alone. `interest_fixed` overrides the interest of a flat loan whose total is agreed.
    """

    terms: LoanTerms
    periods: tuple[Period, ...]
    rates: list[PeriodRate]
    paid_out: list[list[Disbursement]]
    asked_minor: list[int | None]
    interest_fixed: list[int | None]
    asks_total: bool

    @classmethod
    def of(cls, terms: LoanTerms, periods: tuple[Period, ...]) -> Plan:
        """Return a plan in which nothing is paid out yet."""
        count, rates = len(periods), period_rates(terms, periods)
        asks_total = terms.method in {Method.EQUAL_INSTALMENT, Method.FLAT}
        paid_out: list[list[Disbursement]] = [[] for _ in periods]
        return cls(terms, periods, rates, paid_out, [None] * count, [None] * count, asks_total)


def walk(plan: Plan, until: int | None = None) -> list[Row]:
    """Return the rows of the first `until` periods, of all by default."""
    last, is_flat = len(plan.periods) - 1, plan.terms.method is Method.FLAT
    balloon_minor = plan.terms.balloon_minor
    balance = disbursed = carried = 0
    rows: list[Row] = []
    for index in range(last + 1 if until is None else until):
        came, at_due = _came(plan, index) if plan.paid_out[index] else (0, 0)
        accrued = _interest(plan, index, disbursed if is_flat else balance, came)
        interest, principal = accrued + carried, balance + came
        if index < last:
            owed = principal - at_due - balloon_minor
            interest, principal = _split(plan, index, interest, max(0, owed))
        carried += accrued - interest
        balance += came - principal
        disbursed += came
        rows.append(Row(plan.periods[index], principal, interest, balance))
    return rows


def is_whole(plan: Plan, index: int) -> bool:
    """Tell whether one balance stands through the period: nothing is paid out within it."""
    held = plan.paid_out[index]
    return not held or held[-1].date == plan.periods[index].start


def spans_of(plan: Plan, index: int, balance: int) -> list[Span]:
    """Return the balances of a period: the one it opens with, plus what is paid out within it."""
    period, found = plan.periods[index], []
    start, standing = period.start, balance
    for one in plan.paid_out[index]:
        if one.date > start:
            found.append(Span(start, one.date, standing, plan.terms.rate_bps))
            start = one.date
        standing += one.amount_minor
    if start < period.due or not found:
        found.append(Span(start, period.due, standing, plan.terms.rate_bps))
    return found


def _came(plan: Plan, index: int) -> tuple[int, int]:
    """Return what is paid out in a period, and how much of it on the due date."""
    held, due = plan.paid_out[index], plan.periods[index].due
    came = sum(one.amount_minor for one in held)
    return came, sum(one.amount_minor for one in held if one.date == due)


def _interest(plan: Plan, index: int, base: int, came: int) -> int:
    fixed = plan.interest_fixed[index]
    if fixed is not None:
        return fixed
    if is_whole(plan, index):
        return plan.rates[index].interest_minor(plan.terms, base + came)
    return interest_minor(plan.terms, plan.periods[index], spans_of(plan, index, base))


def _split(plan: Plan, index: int, interest: int, owed: int) -> tuple[int, int]:
    """Return (interest, principal) asked for in a period that is not the last."""
    asked = plan.asked_minor[index]
    if index < plan.terms.grace.interest:
        return 0, min(asked or 0, owed)
    if asked is None:
        return interest, 0
    if plan.asks_total:
        interest = min(interest, asked)
        asked -= interest
    return interest, min(asked, owed)
