"""A payment and what a bank may say about it. Values only; amounts in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from tongtu.kernel.errors import Conflict

# Ten million yuan: far above any consumer loan; the database holds the same bound.
AMOUNT_MINOR_MAX = 1_000_000_000
CURRENCY = "CNY"


class PaymentKind(StrEnum):
    """Which way the money goes."""

    PAYOUT = "payout"  # lender -> borrower
    COLLECTION = "collection"  # borrower -> lender
    MERCHANT_REFUND = "merchant_refund"  # merchant -> lender: goods of a loan came back
    MERCHANT_CHARGE = "merchant_charge"  # merchant -> lender: interest it bears, its own fee
    REFUND = "refund"  # lender -> borrower: what was paid too much, or is given back
    MERCHANT_PAYBACK = "merchant_payback"  # lender -> merchant: what it paid twice


# Money between a merchant and a lender, over the merchant's account.
MERCHANT_KINDS = frozenset(
    {PaymentKind.MERCHANT_REFUND, PaymentKind.MERCHANT_CHARGE, PaymentKind.MERCHANT_PAYBACK}
)
# Money that leaves the lender's account.
OUTGOING = frozenset({PaymentKind.PAYOUT, PaymentKind.REFUND, PaymentKind.MERCHANT_PAYBACK})


class PaymentState(StrEnum):
    """Where an instruction stands."""

    INTENDED = "intended"  # written down; the bank cannot know it
    SENT = "sent"  # on its way: the bank may know it
    ACCEPTED = "accepted"  # the bank has it and may still refuse it
    UNKNOWN = "unknown"  # the bank was silent or unclear: it is asked again
    SETTLED = "settled"  # the money moved
    REJECTED = "rejected"  # the bank says no
    RETURNED = "returned"  # the money moved and came back
    DISPUTED = "disputed"  # the bank's books differ from the order: a person decides


# What the worker goes on asking about, and what is at its end.
OPEN_STATES = (
    PaymentState.INTENDED,
    PaymentState.SENT,
    PaymentState.ACCEPTED,
    PaymentState.UNKNOWN,
)
ENDED_STATES = tuple(state for state in PaymentState if state not in OPEN_STATES)
# What journey hears about, and enters in the books once each.
TOLD_STATES = (PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.RETURNED)
_ANSWERS = frozenset(
    {
        PaymentState.ACCEPTED,
        PaymentState.UNKNOWN,
        PaymentState.SETTLED,
        PaymentState.REJECTED,
        PaymentState.DISPUTED,
    }
)
# The only table of moves; the database's guard holds the same pairs (a test compares the two).
MOVES: Mapping[PaymentState, frozenset[PaymentState]] = MappingProxyType(
    {
        PaymentState.INTENDED: frozenset({PaymentState.SENT}),
        PaymentState.SENT: _ANSWERS,
        PaymentState.UNKNOWN: _ANSWERS - {PaymentState.UNKNOWN},
        PaymentState.ACCEPTED: _ANSWERS - {PaymentState.UNKNOWN, PaymentState.ACCEPTED},
        PaymentState.SETTLED: frozenset({PaymentState.RETURNED}),
        # A bank may decline and settle all the same; no rule of ours may undo what it did then.
        PaymentState.REJECTED: frozenset({PaymentState.DISPUTED}),
        PaymentState.RETURNED: frozenset(),
        # By two persons' word only; no word of the bank's leads out of a dispute.
        PaymentState.DISPUTED: frozenset(
            {PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.RETURNED}
        ),
    }
)


def check_move(old: PaymentState, new: PaymentState) -> PaymentState:
    """Return `new`. Raises Conflict when an instruction may not go there from `old`."""
    if new not in MOVES[old]:
        raise Conflict(f"a payment that is {old} cannot become {new}", code="wrong_step")
    return new


class Saying(StrEnum):
    """The answers a bank can give. Silence is `unknown`, never `no`."""

    YES = "yes"
    NO = "no"
    ACCEPTED = "accepted"  # the bank has it, and has not said what becomes of it
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
class Returned:
    """Money of a settled payment that the bank sent back, and why (an ISO 20022 reason code).

    `charge_minor` is what a bank on the way kept of it: the two are the payment, or it is another.
    """

    end_to_end_id: str
    amount_minor: int
    reason: str | None = None
    charge_minor: int = 0

    @property
    def whole_minor(self) -> int:
        """What the payment was that this brings back."""
        return self.amount_minor + self.charge_minor


@dataclass(frozen=True, slots=True)
class Warrant:
    """The right to pay out once. Each of decision, agreement and commitment serves only one.

    It is void, and another may be written, only after a clear no (`void_warrant`).
    """

    decision: int
    agreement_hash: bytes
    commitment: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """A payment; the fields with defaults are filled in by what happens to it.

    `subject` is a payout's application or a collection's loan; `mandate` is the borrower's standing
    permission that a direct debit rests on. `account` is the other side's account where that is a
    merchant's (entrusted payment 受托支付), None where it is the borrower's own.
    """

    cell: int
    id: int
    kind: PaymentKind
    subject: int
    party: int
    lender: int
    amount_minor: int
    value_date: date
    mandate: int | None = None
    state: PaymentState = PaymentState.INTENDED
    end_to_end_id: str = ""
    attempts: int = 0
    bank_reference: str | None = None
    reason: str | None = None
    is_booked: bool = False
    account: str | None = None

    @property
    def movement_minor(self) -> int:
        """What the payment moves on its lender's account at the bank: what leaves is negative."""
        return -self.amount_minor if self.kind in OUTGOING else self.amount_minor


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
    mandate: str | None = None


def account_of(lender: int) -> str:
    """Return the name of a lender's account at the bank."""
    return f"lender-{lender}"


def state_after(old: PaymentState, answer: Answer, amount_minor: int) -> PaymentState:
    """Return where an answer takes an instruction of this amount that the bank may know.

    Silence, "not known" and a yes to another amount leave it open. An end stays an end, whatever
    comes late; only a yes after a no is a dispute.
    """
    new = old
    if old is PaymentState.REJECTED and answer.saying is Saying.YES:
        new = PaymentState.DISPUTED
    elif old in ENDED_STATES:
        return old
    elif answer.saying is Saying.YES and answer.amount_minor == amount_minor:
        new = PaymentState.SETTLED
    elif answer.saying is Saying.NO:
        new = PaymentState.REJECTED
    elif answer.saying is Saying.ACCEPTED:
        new = PaymentState.ACCEPTED
    elif old is not PaymentState.ACCEPTED:
        new = PaymentState.UNKNOWN
    return new if new is old else check_move(old, new)
