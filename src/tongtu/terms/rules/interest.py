"""Interest of balances over days, and the instalment that is level under it.

With `digits` each step is rounded to so many significant digits and a rate factor to as many
decimals, as published schedules of that kind are; without, figures are exact until they are money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Period, Span
from tongtu.terms.rules.day_count import Share, nominal, share
from tongtu.terms.rules.rounding import WIDE, Figure, context, to_minor, to_multiple


def interest_minor(terms: LoanTerms, period: Period, spans: Sequence[Span]) -> int:
    """Return the interest in fen of balances that stood within one period, rounded once."""
    return to_minor(accrued(terms, period, spans), terms.rounding)


def accrued(terms: LoanTerms, period: Period, spans: Sequence[Span]) -> Figure:
    """Return the same before it is rounded to money."""
    if terms.rounding.digits is None:
        exact = Fraction(0)
        for span in spans:
            part = share(terms, period, span.start, span.end).exact()
            exact += span.balance_minor * Fraction(span.rate_bps) / BPS_PER_ONE * part
        return exact
    total = Decimal(0)
    for span in spans:
        total = WIDE.add(total, _of_digits(terms, period, span, terms.rounding.digits))
    return total


def rate_factor(
    terms: LoanTerms, period: Period, start: date, end: date, rate_bps: int | Decimal | None = None
) -> Figure:
    """Return the interest on one unit of balance from `start` to `end`, within the period."""
    rate = terms.rate_bps if rate_bps is None else rate_bps
    return _factor(terms, share(terms, period, start, end), rate)


def growth(terms: LoanTerms, period: Period, spans: Sequence[Span] = ()) -> Figure:
    """Return what one unit owed becomes over the period; the spans' balances do not matter."""
    if terms.accrual.is_level_nominal:
        return _grown(Decimal(1), _factor(terms, nominal(terms), terms.rate_bps))
    if not spans:
        return _grown(Decimal(1), rate_factor(terms, period, period.start, period.due))
    grown: Figure = Decimal(1)
    for span in spans:
        grown = _grown(grown, rate_factor(terms, period, span.start, span.end, span.rate_bps))
    return grown


def level_minor(
    terms: LoanTerms, balance_minor: int, growths: Sequence[Figure], balloon_minor: int = 0
) -> int:
    """Return the equal instalment in fen that repays the balance down to the balloon.

    `growths` are those of the periods in order. The instalment is rounded, then made a multiple.
    """
    arithmetic = context(terms.rounding)
    product = annuity = Decimal(1)
    for nr, grown in enumerate(growths):
        figure = _decimal(terms, grown)
        product = arithmetic.multiply(product, figure)
        if nr:
            annuity = arithmetic.add(1, arithmetic.multiply(annuity, figure))
    owed = arithmetic.subtract(arithmetic.multiply(product, balance_minor), balloon_minor)
    instalment = to_minor(arithmetic.divide(owed, annuity), terms.rounding)
    return to_multiple(instalment, terms.rounding)


def _factor(terms: LoanTerms, part: Share, rate_bps: int | Decimal) -> Figure:
    if terms.rounding.digits is None:
        return Fraction(rate_bps) / BPS_PER_ONE * part.exact()
    return _factor_of_digits(terms, part, rate_bps, terms.rounding.digits)


def _factor_of_digits(
    terms: LoanTerms, part: Share, rate_bps: int | Decimal, digits: int
) -> Decimal:
    arithmetic = context(terms.rounding)
    whole = Decimal(0)
    for numerator, denominator in part.parts:
        whole = arithmetic.add(whole, arithmetic.divide(numerator, denominator))
    factor = arithmetic.multiply(arithmetic.divide(Decimal(rate_bps), BPS_PER_ONE), whole)
    if part.of_days != 1:
        factor = arithmetic.divide(arithmetic.multiply(factor, part.days), part.of_days)
    return factor.quantize(Decimal(1).scaleb(-digits), arithmetic.rounding, WIDE)


def _grown(grown: Figure, factor: Figure) -> Figure:
    if isinstance(factor, Fraction):
        return Fraction(grown) + factor
    return WIDE.add(grown, factor) if isinstance(grown, Decimal) else grown + Fraction(factor)


def _of_digits(terms: LoanTerms, period: Period, span: Span, digits: int) -> Decimal:
    """Return a span's interest: the factor up to the due date, by the days that it ran of those."""
    days_left = (period.due - span.start).days
    if days_left == 0:
        return Decimal(0)
    arithmetic = context(terms.rounding)
    part = share(terms, period, span.start, period.due)
    factor = _factor_of_digits(terms, part, span.rate_bps, digits)
    full = arithmetic.multiply(span.balance_minor, factor)
    days = (span.end - span.start).days
    return arithmetic.multiply(arithmetic.divide(full, days_left), days)


def _decimal(terms: LoanTerms, figure: Figure) -> Decimal:
    if isinstance(figure, Decimal):
        return figure
    return context(terms.rounding).divide(figure.numerator, figure.denominator)
