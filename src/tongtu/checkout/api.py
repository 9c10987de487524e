"""The door of checkout: merchants, sessions, purchases, returns, what a merchant is told."""

from pathlib import Path

from tongtu.checkout.flow.purchase import (
    Back,
    ask_back,
    authorise,
    begin,
    came_back,
    move,
    movement,
    not_back,
    paid,
)
from tongtu.checkout.flow.session import (
    Cart,
    claim_session,
    find_session,
    note_application,
    open_merchants,
    open_session,
)
from tongtu.checkout.flow.settlement import settle_merchant
from tongtu.checkout.model import (
    ITEMS_MAX,
    REFERENCE_MAX,
    BadMerchants,
    GoodsReturn,
    Item,
    Merchant,
    MerchantSettlement,
    MerchantTerms,
    Movement,
    MovementKind,
    Purchase,
    PurchaseState,
    ReturnState,
    Session,
)
from tongtu.checkout.personal import HELD, NUMBERED
from tongtu.checkout.rules.merchants import Merchants, read_merchants
from tongtu.checkout.rules.price import merchant_fee_minor, subsidy_minor
from tongtu.checkout.store.purchase import (
    add_movement,
    authorised_until,
    count_uncaptured,
    returns_of,
)
from tongtu.checkout.store.purchase import find as find_purchase
from tongtu.checkout.store.purchase import hold as hold_purchase
from tongtu.checkout.store.purchase import of_session as purchase_of_session
from tongtu.tables.api import rules_root


def load_merchants(path: Path | None = None) -> Merchants:
    """Return the merchants of `rules/merchants.toml`, or of another file. Raises BadMerchants."""
    return read_merchants(path or rules_root() / "merchants.toml")


__all__ = [
    "HELD",
    "ITEMS_MAX",
    "NUMBERED",
    "REFERENCE_MAX",
    "Back",
    "BadMerchants",
    "Cart",
    "GoodsReturn",
    "Item",
    "Merchant",
    "MerchantSettlement",
    "MerchantTerms",
    "Merchants",
    "Movement",
    "MovementKind",
    "Purchase",
    "PurchaseState",
    "ReturnState",
    "Session",
    "add_movement",
    "ask_back",
    "authorise",
    "authorised_until",
    "begin",
    "came_back",
    "claim_session",
    "count_uncaptured",
    "find_purchase",
    "find_session",
    "hold_purchase",
    "load_merchants",
    "merchant_fee_minor",
    "move",
    "movement",
    "not_back",
    "note_application",
    "open_merchants",
    "open_session",
    "paid",
    "purchase_of_session",
    "read_merchants",
    "returns_of",
    "settle_merchant",
    "subsidy_minor",
]
