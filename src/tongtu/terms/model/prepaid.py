"""Interest that is paid before it is earned: by the borrower, or by a merchant for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tongtu.terms.model.fault import BadTerms, bounded, bounded_decimal
from tongtu.terms.model.fee import Actor

PERIODS_MAX = 360
_PAYERS = (Actor.BORROWER, Actor.MERCHANT)


class PrepaidWhen(StrEnum):
    """When interest in advance is paid."""

    AT_DISBURSEMENT = "at_disbursement"  # of all its periods at once
    PERIOD_START = "period_start"  # of each period on the day it begins


@dataclass(frozen=True, slots=True)
class Prepaid:
    """`percent` of the interest of the first `periods` is paid in advance; the rest in its row.

    It is paid beside the loan, never taken off what is paid out: the principal is all of it.
    """

    payer: Actor
    periods: int
    percent: Decimal = Decimal(100)
    when: PrepaidWhen = PrepaidWhen.AT_DISBURSEMENT

    def __post_init__(self) -> None:
        if self.payer not in _PAYERS:
            raise BadTerms("interest in advance is paid by the borrower or a merchant")
        bounded("prepaid.periods", self.periods, 1, PERIODS_MAX)
        bounded_decimal("prepaid.percent", self.percent, 0, 100)


@dataclass(frozen=True, slots=True)
class PrepaidInterest:
    """Interest of one period paid in advance, in fen: who pays it, when, and the days it is for."""

    payer: Actor
    due_date: date
    amount_minor: int
    start: date
    end: date

    def earned_minor(self, on: date) -> int:
        """Return what of it is earned by a day: evenly by the day, half up to the fen."""
        days = (self.end - self.start).days
        past = min(max((on - self.start).days, 0), days)
        return (2 * self.amount_minor * past + days) // (2 * days)
