"""A merchant, what it asks to be paid for, and what became of it. Values only; minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from tongtu.kernel.errors import Broken, Conflict

MERCHANT_NUMBER_MAX = 9_999
ITEMS_MAX = 50
REFERENCE_MAX = 64
# A session is for somebody who stands at a payment page.
SESSION_HOURS = 24


class BadMerchants(Broken):
    """The file of merchants cannot be used as it is."""

    default_code = "bad_merchants"


@dataclass(frozen=True, slots=True)
class MerchantTerms:
    """What a merchant agreed to, frozen on each session.

    `fee_bps` of the price is the merchant's own fee to the lender, never the buyer's. For a tenor
    in `paid_bps` the merchant pays so much of the yearly rate (贴息); all of it is 免息分期.
    """

    name_zh: str
    name_en: str
    account: str
    fee_bps: int
    paid_bps: Mapping[int, int]

    def buyer_rate_bps(self, rate_bps: int, tenor_months: int) -> int:
        """Return the yearly rate that is left for the buyer."""
        return max(0, rate_bps - self.paid_bps.get(tenor_months, 0))


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant of the list; `mcc` is its ISO 18245 category code."""

    number: int
    id: str
    mcc: str
    terms: MerchantTerms


@dataclass(frozen=True, slots=True)
class Item:
    """One line of what is bought."""

    name: str
    quantity: int
    unit_minor: int

    @property
    def total_minor(self) -> int:
        """What the line comes to."""
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True)
class Session:
    """What a merchant asks to be paid for; `application` is set once somebody buys."""

    cell: int
    id: int
    merchant: int
    reference: str
    items: tuple[Item, ...]
    price_minor: int
    terms: MerchantTerms
    is_captured_at_once: bool
    opened_at: datetime
    expires_at: datetime
    party: int | None = None
    application: int | None = None


class PurchaseState(StrEnum):
    """Where a purchase stands."""

    APPLIED = "applied"  # the buyer asked for offers
    AUTHORISED = "authorised"  # signed: the merchant may ship, and captures on the same day
    CAPTURED = "captured"  # the payout to the merchant is on its way
    PAID = "paid"  # the merchant has the money, the loan runs
    RETURNED = "returned"  # all goods came back
    LAPSED = "lapsed"  # not captured on its day, or cancelled by the merchant
    FAILED = "failed"  # the bank refused the payout, or it came back


MOVES: Mapping[PurchaseState, frozenset[PurchaseState]] = MappingProxyType(
    {
        PurchaseState.APPLIED: frozenset({PurchaseState.AUTHORISED, PurchaseState.LAPSED}),
        PurchaseState.AUTHORISED: frozenset({PurchaseState.CAPTURED, PurchaseState.LAPSED}),
        PurchaseState.CAPTURED: frozenset({PurchaseState.PAID, PurchaseState.FAILED}),
        PurchaseState.PAID: frozenset({PurchaseState.RETURNED, PurchaseState.FAILED}),
        # A second payout, by two persons.
        PurchaseState.FAILED: frozenset({PurchaseState.CAPTURED}),
        PurchaseState.RETURNED: frozenset(),
        PurchaseState.LAPSED: frozenset(),
    }
)


def check_move(old: PurchaseState, new: PurchaseState) -> PurchaseState:
    """Return `new`. Raises Conflict when a purchase may not go there from `old`."""
    if new not in MOVES[old]:
        raise Conflict(f"a purchase that is {old} cannot become {new}", code="wrong_step")
    return new


@dataclass(frozen=True, slots=True)
class Purchase:
    """A session that somebody buys, in the buyer's cell."""

    cell: int
    application: int
    session: int
    merchant: int
    party: int
    price_minor: int
    terms: MerchantTerms
    is_captured_at_once: bool
    state: PurchaseState = PurchaseState.APPLIED
    authorised_on: date | None = None
    lender: int | None = None
    loan: int | None = None
    paid_on: date | None = None
    subsidy_minor: int = 0  # interest the merchant pays instead of the buyer
    fee_minor: int = 0  # the merchant's own fee
    returned_minor: int = 0
    asked_back_minor: int = 0  # returned, or on its way back


class ReturnState(StrEnum):
    """Where a return of goods stands."""

    ASKED = "asked"
    PAID = "paid"
    REFUSED = "refused"  # the bank refused the merchant's payment


@dataclass(frozen=True, slots=True)
class GoodsReturn:
    """Goods that come back; `id` is the payment that brings the money back.

    `rebate_minor` is what the lender gives the merchant back of the interest it paid.
    """

    cell: int
    id: int
    application: int
    merchant: int
    amount_minor: int
    rebate_minor: int
    is_whole: bool
    value_date: date
    state: ReturnState = ReturnState.ASKED


class MovementKind(StrEnum):
    """Why a merchant's money moved."""

    PURCHASE = "purchase"
    REFUND = "refund"
    CHARGE = "charge"
    REBATE = "rebate"


@dataclass(frozen=True, slots=True)
class Movement:
    """What one payment moved of a merchant's money, signed as the merchant sees it."""

    cell: int
    payment: int
    merchant: int
    application: int
    kind: MovementKind
    day: date
    end_to_end_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class MerchantSettlement:
    """What a merchant is told of a closed day."""

    merchant: int
    day: date
    total_minor: int
    lines: int
    content: bytes
