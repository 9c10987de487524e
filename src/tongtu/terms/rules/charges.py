"""What each fee of the terms comes to, and when: the borrower's are in rows, all are itemised."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tongtu.terms.model.fee import Charge, Fee, FeeBasis, FeeTiming
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Disbursement
from tongtu.terms.rules.rounding import to_minor
from tongtu.terms.rules.walk import Row


def charges_of(
    terms: LoanTerms, paid_out: Sequence[Disbursement], rows: Sequence[Row]
) -> tuple[Charge, ...]:
    """Return every charge in the order of the fees, then of time; nothing is charged twice.

    A percentage of the outstanding is of the balance the period opens with; of the instalment, of
    its principal and interest.
    """
    found: list[Charge] = []
    for fee in terms.fees:
        if fee.timing is FeeTiming.AT_DISBURSEMENT:
            found += _at_disbursement(terms, fee, paid_out)
        else:
            found += _at_instalments(terms, fee, paid_out, rows)
    return tuple(one for one in found if one.amount_minor)


def _at_disbursement(terms: LoanTerms, fee: Fee, paid_out: Sequence[Disbursement]) -> list[Charge]:
    """A fixed amount is charged once, with the first disbursement; a percentage with each."""
    charged = paid_out[:1] if fee.basis is FeeBasis.AMOUNT else paid_out
    return [
        Charge(fee, one.date, _amount(terms, fee, one.amount_minor), row=None) for one in charged
    ]


def _at_instalments(
    terms: LoanTerms, fee: Fee, paid_out: Sequence[Disbursement], rows: Sequence[Row]
) -> list[Charge]:
    chosen = range(len(rows))
    if fee.timing is FeeTiming.FIRST_INSTALMENT:
        chosen = chosen[:1]
    elif fee.timing is FeeTiming.LAST_INSTALMENT:
        chosen = chosen[-1:]
    found = []
    for index in chosen:
        row = rows[index]
        bases = {
            FeeBasis.AMOUNT: 0,
            FeeBasis.DISBURSED: sum(
                one.amount_minor for one in paid_out if one.date < row.period.due
            ),
            FeeBasis.OUTSTANDING: row.closing_minor + row.principal_minor,
            FeeBasis.INSTALMENT: row.total_minor,
        }
        amount = _amount(terms, fee, bases[fee.basis])
        found.append(Charge(fee, row.period.due, amount, row=index))
    return found


def _amount(terms: LoanTerms, fee: Fee, basis_minor: int) -> int:
    if fee.basis is FeeBasis.AMOUNT:
        return int(fee.value)
    return to_minor(Fraction(fee.value) * basis_minor / 100, terms.rounding)
