"""What happens to a loan: kinds of events and what each says beyond its amount. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tongtu.terms.api import Every


class EventKind(StrEnum):
    """What can happen to a loan."""

    DISBURSED = "disbursed"
    REPAID = "repaid"
    DOWN_PAID = "down_paid"
    MERCHANT_REFUNDED = "merchant_refunded"
    PAYOUT_REFUNDED = "payout_refunded"
    GOODWILL_CREDITED = "goodwill_credited"
    CASH_REFUNDED = "cash_refunded"
    CHARGED = "charged"
    CHARGE_WAIVED = "charge_waived"
    CHARGE_ADJUSTED = "charge_adjusted"
    CHARGED_BACK = "charged_back"
    PRINCIPAL_CREDITED = "principal_credited"
    INTEREST_CREDITED = "interest_credited"
    BALANCE_REFUNDED = "balance_refunded"
    UNDONE = "undone"
    RESCHEDULED = "rescheduled"
    RE_AGED = "re_aged"
    RE_AMORTIZED = "re_amortized"
    INTEREST_PAUSED = "interest_paused"
    CHARGED_OFF = "charged_off"
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"
    COMPENSATED = "compensated"
    PAID_OFF = "paid_off"
    DAY_CLOSED = "day_closed"
    WITHDRAWN = "withdrawn"  # the borrower withdrew from the contract within their days
    OVERDUE_CAPPED = "overdue_capped"  # by the law, from its first day on
    IMPORTED = "imported"  # taken over as it stood elsewhere; the terms are what was left of it
    IMPORT_UNDONE = "import_undone"


class Component(StrEnum):
    """What a part of a payment pays."""

    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    OVERDUE_INTEREST = "overdue_interest"
    PRINCIPAL = "principal"
    SURPLUS = "surplus"  # paid beyond the debt: owed back to the borrower


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or penalty for the event's amount; `due_date` None falls due with every instalment."""

    component: Component
    due_date: date | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """The event that is undone, waived or charged back; its down payment where it has one."""

    seq: int
    is_down_payment: bool = False


# By which rules a change lays a booked loan's rows anew; one that is stored keeps its own. From 2
# on a row of no whole month bears interest for its days, from its own first; and of what a
# re-ageing takes up, interest paid of days that it asks for again is set free, and what was due
# stays due.
PLAN_RULES = 2


@dataclass(frozen=True, slots=True)
class Reschedule:
    """What changes for instalments due on or after `from_date`."""

    from_date: date
    due_date: date | None = None  # the first of them moves here, the rest follow
    grace_principal: int = 0
    grace_interest: int = 0
    extra_terms: int = 0
    rate_bps: Decimal | None = None  # yearly
    rules: int = 1


@dataclass(frozen=True, slots=True)
class ReAge:
    """All that is owed is asked for anew in `instalments` from `start` on."""

    start: date
    every: Every
    instalments: int
    rules: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """No interest lies on the days `start` to `end`, both counted; a day ends its night."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Early:
    """What the borrower wants of money paid ahead: fewer instalments, or lower ones."""

    is_shortened: bool


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What a charge-off or write-off does with interest paid of days that now earn nothing.

    It pays what is owed, as when a loan is settled. An event without it was booked before there was
    one: there it stayed interest.
    """

    is_ahead_freed: bool


@dataclass(frozen=True, slots=True)
class GoodsBack:
    """What a merchant's refund means: a part of the goods came back, or all within the rule.

    Whole it stands for a borrower's payout that came back, too: either way nothing was ever owed.
    """

    is_whole: bool


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What a withdrawal leaves to be paid beside the principal, and by when.

    Interest by the day, or nothing. One without a last day was booked before there was one: its
    rows stand as they were signed, without fees (`rules/unwinding.py`).
    """

    is_interest_owed: bool
    repay_by: date | None = None


@dataclass(frozen=True, slots=True)
class OtherWay:
    """How money beyond the debt reached the borrower when no bank of the house took it there."""

    how: str


@dataclass(frozen=True, slots=True)
class OverdueCap:
    """The most a loan may bear a year for being late, whatever was signed.

    It holds from the day `since` on; without one for the loan's whole life, as caps did before they
    had a first day.
    """

    rate_bps: int
    since: date | None = None


Details = (
    Charge
    | Target
    | Reschedule
    | ReAge
    | Pause
    | Early
    | GivenUp
    | GoodsBack
    | Withdrawal
    | OtherWay
    | OverdueCap
)


@dataclass(frozen=True, slots=True)
class LoanEvent:
    """Something that happened. `value_date` counts for the borrower, `business_date` for the books.

    They differ when a bank confirms late: the borrower never pays for that.
    """

    seq: int
    kind: EventKind
    value_date: date
    business_date: date
    amount_minor: int
    payment: int | None = None
    details: Details | None = None
