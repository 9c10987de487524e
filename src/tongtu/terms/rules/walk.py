"""One walk through the periods: interest of each, what of the instalment is principal, the balance.

Interest an instalment cannot carry is carried to the next; the last one takes all that is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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

    @classmethod
    def of(cls, terms: LoanTerms, periods: tuple[Period, ...]) -> Plan:
        """Return a plan in which nothing is paid out yet."""
        count, rates = len(periods), period_rates(terms, periods)
        return cls(terms, periods, rates, [[] for _ in periods], [None] * count, [None] * count)


@dataclass(slots=True)
class _Course:
    balance: int = 0
    disbursed: int = 0
    carried: int = 0
    rows: list[Row] = field(default_factory=list)


def walk(plan: Plan, until: int | None = None) -> list[Row]:
    """Return the rows of the first `until` periods, of all by default."""
    course = _Course()
    for index in range(len(plan.periods) if until is None else until):
        _step(plan, index, course)
    return course.rows


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


def _step(plan: Plan, index: int, course: _Course) -> None:
    terms, period, held = plan.terms, plan.periods[index], plan.paid_out[index]
    base = course.disbursed if terms.method is Method.FLAT else course.balance
    came = at_due = 0
    if held:
        came = sum(one.amount_minor for one in held)
        at_due = sum(one.amount_minor for one in held if one.date == period.due)
    fixed = plan.interest_fixed[index]
    if fixed is None and is_whole(plan, index):
        fixed = plan.rates[index].interest_minor(terms, base + came)
    elif fixed is None:
        fixed = interest_minor(terms, period, spans_of(plan, index, base))
    interest, principal = fixed + course.carried, course.balance + came
    if index < len(plan.periods) - 1:
        owed = max(principal - at_due - terms.balloon_minor, 0)
        interest, principal = _split(plan, index, interest, owed)
    course.carried += fixed - interest
    course.balance += came - principal
    course.disbursed += came
    course.rows.append(Row(period, principal, interest, course.balance))


def _split(plan: Plan, index: int, interest: int, owed: int) -> tuple[int, int]:
    """Return (interest, principal) asked for in a period that is not the last."""
    asked = plan.asked_minor[index]
    if index < plan.terms.grace.interest:
        return 0, min(asked or 0, owed)
    if asked is None:
        return interest, 0
    method = plan.terms.method
    if method is Method.EQUAL_INSTALMENT or method is Method.FLAT:
        interest = min(interest, asked)
        asked -= interest
    return interest, min(asked, owed)
