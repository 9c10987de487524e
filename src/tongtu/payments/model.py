"""A payment and what a bank may say about it. Values only; amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tongtu.kernel.errors import Conflict

# Ten million yuan: far above any consumer loan; the database holds the same bound.
AMOUNT_MINOR_MAX = 1_000_000_000


class PaymentKind(StrEnum):
    """Which way the money goes."""

    PAYOUT = "payout"  # lender -> borrower
    COLLECTION = "collection"  # borrower -> lender


class PaymentState(StrEnum):
    """Where an instruction stands."""

    INTENDED = "intended"
    SENT = "sent"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    FAILED = "failed"


OPEN_STATES = (PaymentState.INTENDED, PaymentState.SENT, PaymentState.UNKNOWN)
_MOVES = {
    PaymentState.INTENDED: {PaymentState.SENT},
    PaymentState.SENT: {PaymentState.UNKNOWN, PaymentState.CONFIRMED, PaymentState.FAILED},
    PaymentState.UNKNOWN: {PaymentState.SENT},
    PaymentState.CONFIRMED: set(),
    PaymentState.FAILED: set(),
}


def check_move(old: PaymentState, new: PaymentState) -> PaymentState:
    """Return `new`. Raises Conflict when an instruction may not go there from `old`."""
    if new not in _MOVES[old]:
        raise Conflict(f"a payment that is {old} cannot become {new}", code="wrong_step")
    return new


class Saying(StrEnum):
    """The answers a bank can give. Silence is `unknown`, never `no`."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_KNOWN = "not_known"  # the bank has never heard of this payment: it may be sent again


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank said of one payment."""

    saying: Saying
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Warrant:
    """The right to pay out once. Each of decision, agreement and commitment serves only one."""

    id: int
    decision: int
    agreement_sha256: bytes
    commitment: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller wants done. `subject` is a payout's agreement or a collection's loan."""

    id: int
    kind: PaymentKind
    party: int
    lender: int
    subject: int
    amount_minor: int
    value_date: date


@dataclass(frozen=True, slots=True)
class Instruction:
    """A payment as it stands."""

    cell: int
    id: int
    kind: PaymentKind
    state: PaymentState
    party: int
    lender: int
    subject: int
    amount_minor: int
    value_date: date
    attempts: int
    bank_reference: str | None
    reason: str | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Wire:
    """A payment as the bank sees it: public ids only, no personal data."""

    end_to_end_id: str
    kind: PaymentKind
    debtor: str
    creditor: str
    amount_minor: int
    value_date: date
    currency: str = "CNY"
