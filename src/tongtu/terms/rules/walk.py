"""One walk through the periods: interest of each, what of the instalment is principal, the balance.

Interest an instalment cannot carry is carried to the next; the last one takes all that is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tongtu.terms.model.convention import Method
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Disbursement, Period, Span
from tongtu.terms.rules.interest import interest_minor


@dataclass(frozen=True, slots=True)
class Row:
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
    paid_out: list[list[Disbursement]]
    asked_minor: list[int | None]
    interest_fixed: list[int | None]

    @classmethod
    def of(cls, terms: LoanTerms, periods: tuple[Period, ...]) -> Plan:
        """Return a plan in which nothing is paid out yet."""
        count = len(periods)
        return cls(terms, periods, [[] for _ in periods], [None] * count, [None] * count)

    @property
    def asks_total(self) -> bool:
        return self.terms.method in {Method.EQUAL_INSTALMENT, Method.FLAT}


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
    terms, period = plan.terms, plan.periods[index]
    base = course.disbursed if terms.method is Method.FLAT else course.balance
    fixed = plan.interest_fixed[index]
    if fixed is None:
        fixed = interest_minor(terms, period, spans_of(plan, index, base))
    interest = fixed + course.carried
    came = sum(one.amount_minor for one in plan.paid_out[index])
    at_due = sum(one.amount_minor for one in plan.paid_out[index] if one.date == period.due)
    is_last = index == len(plan.periods) - 1
    if is_last:
        principal = course.balance + came
    else:
        owed = max(course.balance + came - at_due - terms.balloon_minor, 0)
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
    if not plan.asks_total:
        return interest, min(asked, owed)
    interest = min(interest, asked)
    return interest, min(asked - interest, owed)
