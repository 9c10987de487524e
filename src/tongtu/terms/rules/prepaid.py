"""Takes interest that is paid in advance off the rows; in all it stays what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tongtu.terms.model.fault import BadTerms
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.prepaid import PrepaidInterest, PrepaidWhen
from tongtu.terms.model.schedule import Disbursement
from tongtu.terms.rules.rounding import to_minor
from tongtu.terms.rules.walk import Row


def prepaid_of(
    terms: LoanTerms, paid_out: Sequence[Disbursement], rows: Sequence[Row]
) -> tuple[list[Row], tuple[PrepaidInterest, ...]]:
    """Return the rows with what is left of their interest, and what is paid in advance of it.

    Raises:
        BadTerms: a payout after the start: its interest is not known when it is to be paid.
    """
    how, start = terms.prepaid, rows[0].period.start
    if how is None:
        return list(rows), ()
    if any(one.date != start for one in paid_out):
        raise BadTerms("interest in advance is of a loan that is paid out at its start")
    found, left = [], list(rows)
    for index, row in enumerate(rows[: how.periods]):
        share = to_minor(Fraction(how.percent) * row.interest_minor / 100, terms.rounding)
        amount = min(share, row.interest_minor)
        if not amount:
            continue
        due = start if how.when is PrepaidWhen.AT_DISBURSEMENT else row.period.start
        found.append(_one(terms, row, due, amount))
        left[index] = row._replace(interest_minor=row.interest_minor - amount)
    return left, tuple(found)


def _one(terms: LoanTerms, row: Row, due: date, amount: int) -> PrepaidInterest:
    assert terms.prepaid is not None, "who pays is a term"
    return PrepaidInterest(terms.prepaid.payer, due, amount, row.period.start, row.period.due)
