"""Money is an int of minor units and a currency; a float never holds money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MINOR_PER_MAJOR = 100
# Far above any consumer loan, far below int8: sums of thousands of the largest cannot overflow.
AMOUNT_MINOR_MAX = 10**15


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount: `minor` units (fen) of `currency` (ISO 4217)."""

    minor: int
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("Money.minor must be an int of minor units")
        if abs(self.minor) > AMOUNT_MINOR_MAX:
            raise ValueError("amount is beyond the largest amount the platform holds")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise ValueError("currency must be three capital ASCII letters (ISO 4217)")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{Decimal(self.minor) / MINOR_PER_MAJOR:.2f} {self.currency}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded half away from zero, exactly, for denominator > 0."""
    quotient, remainder = divmod(abs(numerator), denominator)
    if 2 * remainder >= denominator:
        quotient += 1
    return quotient if numerator >= 0 else -quotient


def divide_half_even(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded half to even, exactly, for denominator > 0."""
    quotient, remainder = divmod(numerator, denominator)
    if 2 * remainder > denominator or (2 * remainder == denominator and quotient % 2):
        quotient += 1
    return quotient


def parse_minor(text: str) -> int:
    """Parse a plain decimal such as "1234.56" to minor units.

    Raises:
        ValueError: other-script digits, exponents, signs other than "-", or more than two decimals.
    """
    digits = text.removeprefix("-")
    major, point, minor = digits.partition(".")
    if not (major.isascii() and major.isdigit()) or len(major) > 13:
        raise ValueError("an amount is written in digits 0-9, for example 1234.56")
    if point and not (minor.isascii() and minor.isdigit() and len(minor) <= 2):
        raise ValueError("an amount has at most two decimals")
    value = int(major) * MINOR_PER_MAJOR + int(minor.ljust(2, "0") if point else "0")
    return -value if text.startswith("-") else value
