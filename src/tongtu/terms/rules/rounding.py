"""From exact or many-digit figures to whole minor units, by the mode the terms name."""

from __future__ import annotations

import decimal
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from tongtu.kernel.money import divide_half_even, divide_half_up
from tongtu.terms.model.convention import Rounding, RoundingMode

# An instalment whose figures are exact: its true value is never so near to a half.
EXACT_DIGITS = 40
# Sums of rounded figures are exact in it.
WIDE = Context(prec=2 * EXACT_DIGITS)
Figure = Decimal | Fraction
_MODES = {
    RoundingMode.HALF_UP: decimal.ROUND_HALF_UP,
    RoundingMode.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    RoundingMode.HALF_DOWN: decimal.ROUND_HALF_DOWN,
    RoundingMode.UP: decimal.ROUND_UP,
    RoundingMode.DOWN: decimal.ROUND_DOWN,
    RoundingMode.CEILING: decimal.ROUND_CEILING,
    RoundingMode.FLOOR: decimal.ROUND_FLOOR,
}


@lru_cache(maxsize=64)
def context(rounding: Rounding) -> Context:
    """Return the arithmetic of these terms. It is shared: read it, never change it."""
    return Context(prec=rounding.digits or EXACT_DIGITS, rounding=_MODES[rounding.mode])


def to_minor(figure: Figure, rounding: Rounding) -> int:
    """Return the figure in whole minor units."""
    if isinstance(figure, Decimal):
        return int(figure.to_integral_value(_MODES[rounding.mode]))
    return divide(figure.numerator, figure.denominator, rounding)


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return numerator / denominator in whole minor units, exactly rounded, denominator > 0."""
    if rounding.mode is RoundingMode.HALF_UP:
        return divide_half_up(numerator, denominator)
    if rounding.mode is RoundingMode.HALF_EVEN:
        return divide_half_even(numerator, denominator)
    whole, rest = divmod(numerator, denominator)
    if rest == 0:
        return whole
    # What is below, at or above a half stays so when it is written with one decimal.
    twice = 2 * rest - denominator
    tenths = 5 if twice == 0 else (1 if twice < 0 else 9)
    return int((whole + Decimal(tenths) / 10).to_integral_value(_MODES[rounding.mode]))


def to_multiple(amount_minor: int, rounding: Rounding) -> int:
    """Return the nearest whole multiple; an amount that would become nothing stays as it is."""
    if rounding.multiple_minor == 1:
        return amount_minor
    times = divide(amount_minor, rounding.multiple_minor, rounding)
    return times * rounding.multiple_minor or amount_minor
