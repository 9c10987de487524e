"""A payment and what a bank may say about it. Values only; amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongtu.kernel.errors import Conflict

# Ten million yuan: far above any consumer loan; the database holds the same bound.
AMOUNT_MINOR_MAX = 1_000_000_000
CURRENCY = "CNY"


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


SETTLED_STATES = (PaymentState.CONFIRMED, PaymentState.FAILED)
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
    """What the bank said of one payment; a yes names the amount that moved.

    The amount is in the payment's own currency; an adapter says no yes in another.
    """

    saying: Saying
    reason: str | None = None
    reference: str | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Warrant:
    """The right to pay out once. Each of decision, agreement and commitment serves only one."""

    decision: int
    agreement_hash: bytes
    commitment: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """A payment; the fields with defaults are filled in by what happens to it.

    `subject` is a payout's application or a collection's loan.
    """

    cell: int
    id: int
    kind: PaymentKind
    subject: int
    party: int
    lender: int
    amount_minor: int
    value_date: date
    state: PaymentState = PaymentState.INTENDED
    end_to_end_id: str = ""
    attempts: int = 0
    bank_reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """A payment as the bank sees it: public ids only, no personal data."""

    end_to_end_id: str
    kind: PaymentKind
    debtor: str
    creditor: str
    amount_minor: int
    value_date: date
    currency: str = CURRENCY


def state_after(answer: Answer, amount_minor: int) -> PaymentState:
    """Return where an answer takes a sent instruction of this amount.

    Silence, "not known" and a yes to another amount all stay unknown.
    """
    new = PaymentState.UNKNOWN
    if answer.saying is Saying.NO:
        new = PaymentState.FAILED
    elif answer.saying is Saying.YES and answer.amount_minor == amount_minor:
        new = PaymentState.CONFIRMED
    return check_move(PaymentState.SENT, new)
