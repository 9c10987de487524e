"""Where a loan that ran elsewhere stands at cut-over, recomputed and held against its source. Pure.

The plan is made anew from the source's terms by the one schedule engine; what is left of it after
the instalments paid is what is taken over. A figure of the source's that differs is named with the
arithmetic, never adjusted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tongtu.kernel.errors import Refused, TongtuError
from tongtu.servicing.model import FrozenTerms, Planned
from tongtu.terms.api import LoanTerms, Method, monthly_fee, schedule

# Overdue interest is one and a half times the rate, as contracts has it, and never above the cap.
OVERDUE_NUMERATOR, OVERDUE_DENOMINATOR = 3, 2
_BY = {
    Method.EQUAL_INSTALMENT: "",
    Method.EQUAL_PRINCIPAL: ", equal principal",
    Method.INTEREST_ONLY: ", interest only until the last",
    Method.FLAT: ", flat",
}


@dataclass(frozen=True, slots=True)
class SourceLoan:
    """A row of a running book: its terms, and how it stands at the start of the cut-over day.

    `paid_of_next_minor` is a part paid of the oldest instalment that is not paid in full.
    """

    external: str
    borrower: str
    lender: int
    product: str
    principal_minor: int
    rate_bps: int
    tenor_months: int
    opened_on: date
    fee_monthly_minor: int
    instalments_paid: int
    paid_of_next_minor: int
    outstanding_minor: int
    next_due_date: date
    next_instalment_minor: int
    method: Method = Method.EQUAL_INSTALMENT


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that source and recomputation do not share, and how ours came about."""

    figure: str
    theirs: str
    ours: str
    arithmetic: str


@dataclass(frozen=True, slots=True)
class Position:
    """What is taken over: the plan that is left, and what differs from the source."""

    terms: FrozenTerms
    outstanding_minor: int
    next_due_date: date
    next_instalment_minor: int
    differences: tuple[Difference, ...]
    arithmetic: str


def position(source: SourceLoan, cut_over: date, cap_bps: int) -> Position:
    """Return the recomputed position of a source's loan.

    Raises:
        Refused: terms no plan can be made of (`bad_terms`), nothing is left (`nothing_owed`), it
            would begin on a later day (`not_begun`), or a part of an instalment that is not due
            was paid (`paid_ahead`): such a loan is taken over after that day.
    """
    if source.opened_on >= cut_over:
        raise Refused("the loan begins on the cut-over day or later", code="not_begun")
    rows = _plan(source)
    if not 0 <= source.instalments_paid < len(rows):
        raise Refused("no instalment is left", code="nothing_owed")
    left = list(rows[source.instalments_paid :])
    if source.paid_of_next_minor:
        left[0] = _partly_paid(left[0], source.paid_of_next_minor, cut_over)
    numbered = tuple(replace(row, nr=nr) for nr, row in enumerate(left, start=1))
    outstanding = sum(row.principal_minor for row in numbered)
    overdue = min(source.rate_bps * OVERDUE_NUMERATOR // OVERDUE_DENOMINATOR, cap_bps)
    terms = FrozenTerms(outstanding, source.rate_bps, overdue, numbered, method=source.method)
    following = numbered[0]
    total = following.principal_minor + following.interest_minor + following.fee_minor
    told = _arithmetic(source, rows)
    pairs = (
        ("outstanding_minor", source.outstanding_minor, outstanding),
        ("next_due_date", source.next_due_date, following.due_date),
        ("next_instalment_minor", source.next_instalment_minor, total),
    )
    differences = tuple(
        Difference(name, str(theirs), str(ours), told)
        for name, theirs, ours in pairs
        if theirs != ours
    )
    return Position(terms, outstanding, following.due_date, total, differences, told)


def _plan(source: SourceLoan) -> list[Planned]:
    try:
        fees = monthly_fee(source.fee_monthly_minor)
        asked = LoanTerms(
            source.principal_minor, source.rate_bps, source.tenor_months, source.opened_on,
            method=source.method, fees=fees,
        )  # fmt: skip
        rows, begins = [], source.opened_on
        for row in schedule(asked).rows:
            amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
            rows.append(Planned(row.nr, begins, row.due_date, *amounts))
            begins = row.due_date
    except TongtuError as fault:
        raise Refused(
            f"no plan can be made of these terms: {fault.detail}", code="bad_terms"
        ) from (fault)
    return rows


def _partly_paid(row: Planned, paid_minor: int, cut_over: date) -> Planned:
    """Return what is left of an instalment that is due: fee, interest, then principal are paid."""
    if row.due_date >= cut_over:
        raise Refused("a part of an instalment that is not due was paid", code="paid_ahead")
    total = row.principal_minor + row.interest_minor + row.fee_minor
    if not 0 < paid_minor < total:
        raise Refused("the part paid is not a part of the instalment", code="bad_part_paid")
    fee = min(paid_minor, row.fee_minor)
    interest = min(paid_minor - fee, row.interest_minor)
    return replace(
        row,
        fee_minor=row.fee_minor - fee,
        interest_minor=row.interest_minor - interest,
        principal_minor=row.principal_minor - (paid_minor - fee - interest),
    )


def _arithmetic(source: SourceLoan, rows: list[Planned]) -> str:
    """Say how our figures came about, so that anybody can do it again."""
    paid = rows[: source.instalments_paid]
    principal = sum(row.principal_minor for row in paid)
    following = rows[source.instalments_paid]
    parts = f"{following.principal_minor} + {following.interest_minor} + {following.fee_minor}"
    told = (
        f"{source.principal_minor} at {source.rate_bps} bps over {source.tenor_months} months from "
        f"{source.opened_on}{_BY[source.method]}; "
        f"{len(paid)} instalments paid hold principal {principal}, so "
        f"{source.principal_minor - principal} is left; instalment {following.nr} due "
        f"{following.due_date} is {parts} (principal + interest + fee)"
    )
    if source.paid_of_next_minor:
        told += f" less {source.paid_of_next_minor} paid of it: fee, interest, principal in turn"
    return told
