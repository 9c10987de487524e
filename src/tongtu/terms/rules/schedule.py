"""The one schedule: quote, contract, preview and loan all take their instalments from here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tongtu.terms.model.fault import BadTerms
from tongtu.terms.model.fee import Actor
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Disbursement, Instalment, Schedule
from tongtu.terms.rules.charges import charges_of
from tongtu.terms.rules.plan import plan_rows
from tongtu.terms.rules.prepaid import prepaid_of
from tongtu.terms.rules.rounding import to_minor, to_multiple
from tongtu.terms.rules.walk import Row

DISBURSEMENTS_MAX = 400


def schedule(terms: LoanTerms, disbursements: Sequence[Disbursement] = ()) -> Schedule:
    """Return the instalments of a loan that is paid as agreed.

    Without disbursements the whole principal is paid out at the start. Raises BadTerms for a
    disbursement outside the loan, or more of them than the principal.
    """
    paid_out = tuple(disbursements) or (Disbursement(terms.start, terms.principal_minor),)
    _check(terms, paid_out)
    downs = [Disbursement(one.date, down_payment_minor(terms, one)) for one in paid_out]
    net = [
        Disbursement(one.date, one.amount_minor - down.amount_minor)
        for one, down in zip(paid_out, downs, strict=True)
    ]
    made = plan_rows(terms, net)
    charges = charges_of(terms, paid_out, made)
    fees = [0] * len(made)
    for charge in charges:
        if charge.row is not None and charge.fee.payer is Actor.BORROWER:
            fees[charge.row] += charge.amount_minor
    left, prepaid = prepaid_of(terms, paid_out, made)
    return Schedule(_numbered(left, fees, downs, net), paid_out, charges, prepaid)


def down_payment_minor(terms: LoanTerms, disbursement: Disbursement) -> int:
    """Return what is paid back at once of a disbursement, in fen."""
    if not terms.down_payment_percent:
        return 0
    exact = Fraction(terms.down_payment_percent) * disbursement.amount_minor / 100
    rounded = to_multiple(to_minor(exact, terms.rounding), terms.rounding)
    return min(rounded, disbursement.amount_minor)


def _check(terms: LoanTerms, paid_out: tuple[Disbursement, ...]) -> None:
    if len(paid_out) > DISBURSEMENTS_MAX:
        raise BadTerms(f"a loan has at most {DISBURSEMENTS_MAX} disbursements")
    if any(one.amount_minor < 1 for one in paid_out):
        raise BadTerms("a disbursement is more than nothing")
    if sum(one.amount_minor for one in paid_out) > terms.principal_minor:
        raise BadTerms("more is paid out than the principal", fields={"disbursements": "principal"})


def _numbered(
    made: list[Row], fees: list[int], downs: list[Disbursement], net: list[Disbursement]
) -> tuple[Instalment, ...]:
    """Put each down payment before the instalment of the period that it lies in, and number all."""
    rows: list[Instalment] = []
    waiting = sorted((one for one in downs if one.amount_minor), key=lambda one: one.date)
    closing = 0
    for index, (row, fee) in enumerate(zip(made, fees, strict=True)):
        is_last = index == len(made) - 1
        while waiting and (waiting[0].date < row.period.due or is_last):
            down = waiting.pop(0)
            since = date.min if index == 0 else row.period.start
            came = sum(one.amount_minor for one in net if since < one.date <= down.date)
            rows.append(_down_payment(len(rows) + 1, down, closing + came))
        principal, interest, closing = row.principal_minor, row.interest_minor, row.closing_minor
        nr, total, start = len(rows) + 1, principal + interest + fee, row.period.start
        due = row.period.due
        rows.append(Instalment(nr, due, principal, interest, fee, total, closing, start))
    return tuple(rows)


def _down_payment(nr: int, down: Disbursement, outstanding_minor: int) -> Instalment:
    return Instalment(
        nr=nr,
        due_date=down.date,
        principal_minor=down.amount_minor,
        interest_minor=0,
        fee_minor=0,
        total_minor=down.amount_minor,
        outstanding_minor=outstanding_minor,
        start=down.date,
        is_down_payment=True,
    )
