"""Interest of balances over days, and the instalment that is level under it.

With `digits` each step is rounded to so many significant digits and a rate factor to as many
decimals, as published schedules of that kind are; without, figures are exact until they are money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.terms.model.loan_terms import LoanTerms
from tongtu.terms.model.schedule import Period, Span
from tongtu.terms.rules.day_count import Part, Share, share
from tongtu.terms.rules.rounding import WIDE, Figure, context, divide, to_minor, to_multiple

_ONE = Decimal(1)


def interest_minor(terms: LoanTerms, period: Period, spans: Sequence[Span]) -> int:
    """Return the interest in fen of balances that stood within one period, rounded once."""
    return to_minor(accrued(terms, period, spans), terms.rounding)


def accrued(terms: LoanTerms, period: Period, spans: Sequence[Span]) -> Figure:
    """Return the same before it is rounded to money."""
    if terms.rounding.digits is None:
        exact = Fraction(0)
        for span in spans:
            part = share(terms, period, span.start, span.end)
            exact += span.balance_minor * Fraction(*_exact_factor(part, span.rate_bps))
        return exact
    total = Decimal(0)
    for span in spans:
        if span.start < period.due:
            part = share(terms, period, span.start, period.due)
            rate = _rate_of(terms, part, (period.due - span.start).days, span.rate_bps)
            days = (span.end - span.start).days
            total = WIDE.add(total, rate.of_digits(terms, span.balance_minor, days))
    return total


class PeriodRate(NamedTuple):
    """The rate from a day to the due date: a ratio when figures are exact, otherwise a factor."""

    days: int
    ratio: Part
    factor: Decimal | None

    def interest_minor(self, terms: LoanTerms, balance_minor: int) -> int:
        """Return the interest in fen on a balance that stands all these days."""
        if self.factor is None:
            numerator, denominator = self.ratio
            return divide(balance_minor * numerator, denominator, terms.rounding)
        return to_minor(self.of_digits(terms, balance_minor, self.days), terms.rounding)

    def of_digits(self, terms: LoanTerms, balance_minor: int, days: int) -> Decimal:
        """Return the interest of the first `days`: the whole, by the days that it ran of all."""
        arithmetic = context(terms.rounding)
        full = arithmetic.multiply(balance_minor, self.factor or Decimal(0))
        return arithmetic.multiply(arithmetic.divide(full, self.days), days)

    def growth(self, terms: LoanTerms) -> Decimal:
        """Return what one unit owed becomes over these days."""
        if self.factor is None:
            return context(terms.rounding).divide(self.ratio[0] + self.ratio[1], self.ratio[1])
        return WIDE.add(_ONE, self.factor)


def period_rates(terms: LoanTerms, periods: Sequence[Period]) -> list[PeriodRate]:
    """Return the rate over each whole period; equal shares of a year are worked out once."""
    known: dict[tuple[Share, int], PeriodRate] = {}
    found = []
    for period in periods:
        key = share(terms, period, period.start, period.due), period.days
        rate = known.get(key)
        if rate is None:
            rate = known[key] = _rate_of(terms, *key, terms.rate_bps)
        found.append(rate)
    return found


def rate_factor(
    terms: LoanTerms, period: Period, start: date, end: date, rate_bps: int | Decimal | None = None
) -> Figure:
    """Return the interest on one unit of balance from `start` to `end`, within the period."""
    rate = terms.rate_bps if rate_bps is None else rate_bps
    part = share(terms, period, start, end)
    if terms.rounding.digits is None:
        return Fraction(*_exact_factor(part, rate))
    return _digits_factor(terms, part, rate, terms.rounding.digits)


def growth(terms: LoanTerms, period: Period, spans: Sequence[Span] = ()) -> Figure:
    """Return what one unit owed becomes over the period; the spans' balances do not matter."""
    if spans:
        shares = [(share(terms, period, one.start, one.end), one.rate_bps) for one in spans]
    else:
        shares = [(share(terms, period, period.start, period.due), terms.rate_bps)]
    digits = terms.rounding.digits
    if digits is None:
        return sum((Fraction(*_exact_factor(*one)) for one in shares), Fraction(1))
    total = _ONE
    for part, rate_bps in shares:
        total = WIDE.add(total, _digits_factor(terms, part, rate_bps, digits))
    return total


def level_minor(
    terms: LoanTerms, balance_minor: int, growths: Sequence[Figure], balloon_minor: int = 0
) -> int:
    """Return the equal instalment in fen that repays the balance down to the balloon.

    `growths` are those of the periods in order. The instalment is rounded, then made a multiple.
    """
    arithmetic = context(terms.rounding)
    product = annuity = _ONE
    for nr, grown in enumerate(growths):
        figure = grown
        if isinstance(figure, Fraction):
            figure = arithmetic.divide(figure.numerator, figure.denominator)
        product = arithmetic.multiply(product, figure)
        if nr:
            annuity = arithmetic.add(_ONE, arithmetic.multiply(annuity, figure))
    owed = arithmetic.subtract(arithmetic.multiply(product, balance_minor), balloon_minor)
    instalment = to_minor(arithmetic.divide(owed, annuity), terms.rounding)
    return to_multiple(instalment, terms.rounding)


def _rate_of(terms: LoanTerms, part: Share, days: int, rate_bps: int | Decimal) -> PeriodRate:
    if terms.rounding.digits is None:
        return PeriodRate(days, _exact_factor(part, rate_bps), None)
    return PeriodRate(days, (0, 1), _digits_factor(terms, part, rate_bps, terms.rounding.digits))


def _exact_factor(part: Share, rate_bps: int | Decimal) -> Part:
    share_numerator, share_denominator = part.ratio()
    numerator, denominator = rate_bps.as_integer_ratio()
    return share_numerator * numerator, share_denominator * denominator * BPS_PER_ONE


def _digits_factor(terms: LoanTerms, part: Share, rate_bps: int | Decimal, digits: int) -> Decimal:
    """Return the factor, each step rounded in the order that published schedules round in."""
    arithmetic = context(terms.rounding)
    whole = Decimal(0)
    for numerator, denominator in part.parts:
        whole = arithmetic.add(whole, arithmetic.divide(numerator, denominator))
    factor = arithmetic.multiply(arithmetic.divide(Decimal(rate_bps), BPS_PER_ONE), whole)
    if part.of_days != 1:
        factor = arithmetic.divide(arithmetic.multiply(factor, part.days), part.of_days)
    return factor.quantize(_ONE.scaleb(-digits), arithmetic.rounding, WIDE)
