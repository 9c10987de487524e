"""Rates are exact: an int of basis points, or parts per million where a grid needs finer steps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

BPS_PER_ONE = 10_000


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """A yearly rate in basis points: Rate(1480) is 14.80 % a year."""

    bps: int

    def __post_init__(self) -> None:
        if type(self.bps) is not int:
            raise TypeError("Rate.bps must be an int of basis points")
        if not 0 <= self.bps <= 10 * BPS_PER_ONE:
            raise ValueError("a yearly rate lies between 0 and 1000 %")

    @property
    def percent(self) -> Decimal:
        """The rate in percent, exactly: Rate(1480).percent == Decimal("14.80")."""
        return Decimal(self.bps) / 100

    def __str__(self) -> str:
        return f"{self.percent:.2f}%"
