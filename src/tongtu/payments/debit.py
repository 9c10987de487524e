"""Direct debits under a borrower's mandate: what they are, and when one may be tried. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tongtu.policy.api import Hours

# Our own choice: after three refusals the bank's fourth is no news, and each may cost the borrower.
ATTEMPTS_MAX = 3
# Money that is not there today is not asked for again before the next day.
RETRY_PAUSE = timedelta(days=1)
# A payment under way may settle the instalment; it is looked at again soon.
LOOK_AGAIN = timedelta(minutes=10)


class DebitState(StrEnum):
    """Where the collection of one instalment stands."""

    PLANNED = "planned"
    ASKED = "asked"  # an instruction is under way
    PAID = "paid"  # this debit, or the borrower, has paid the instalment
    GIVEN_UP = "given_up"  # refused too often: other ways are taken
    CANCELLED = "cancelled"  # the mandate was revoked, or the instalment is no more


@dataclass(frozen=True, slots=True)
class Mandate:
    """A standing permission, revocable at any time; `limit_minor` bounds each single debit."""

    cell: int
    id: int
    party: int
    lender: int
    subject: int
    limit_minor: int
    signed_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Debit:
    """One instalment of a loan, to be collected from its due date on."""

    mandate: Mandate
    nr: int
    loan: int
    due_date: date
    attempts: int


def is_legal(at: datetime, hours: Hours, zone: str) -> bool:
    """Tell whether a debit may be tried now, by the borrower's clock."""
    return hours.from_second <= _second(at.astimezone(ZoneInfo(zone))) < hours.to_second


def after_refusal(attempts: int) -> DebitState:
    """Return what becomes of a debit that the bank refused for the `attempts`th time."""
    return DebitState.GIVEN_UP if attempts >= ATTEMPTS_MAX else DebitState.PLANNED


def _second(local: datetime) -> int:
    return local.hour * 3_600 + local.minute * 60 + local.second
