"""What one buyer buys over a merchant's checkout, and what became of it. Values only."""

from __future__ import annotations

from dataclasses import dataclass

PAID, RETURNED = "paid", "returned"


@dataclass(slots=True)
class Purchase:
    """What one buyer buys, and what became of it as its merchant sees it."""

    seller: str  # the merchant's token
    nr: int
    price_minor: int
    session: str = ""
    giving_minor: int = 0  # how much the buyer means to give back
    asked_back_minor: int = 0
    state: str = ""
    returned_minor: int = 0
    returns_paid: int = 0
    loan_state: str = ""
    outstanding_minor: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether money and goods are where they belong: at the merchant, or back."""
        is_back = self.returned_minor == self.asked_back_minor
        if not is_back or self.returns_paid != (self.asked_back_minor > 0):
            return False
        if self.asked_back_minor < self.price_minor:
            return self.state == PAID
        unwound = self.loan_state == "settled" and self.outstanding_minor == 0
        return self.state == RETURNED and unwound
