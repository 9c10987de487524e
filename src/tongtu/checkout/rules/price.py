"""What of a purchase's price of money is the buyer's, and what the merchant's. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.checkout.model import ITEMS_MAX, Item, MerchantTerms, Purchase
from tongtu.kernel.errors import BadInput
from tongtu.kernel.money import divide_half_up
from tongtu.terms.api import PRINCIPAL_MINOR_MAX, quote

_BPS_PER_ONE = 10_000


def check_items(items: Sequence[Item], price_minor: int) -> None:
    """Refuse items that are not the price. Raises BadInput."""
    if not 1 <= len(items) <= ITEMS_MAX:
        raise BadInput(
            f"a purchase has 1 to {ITEMS_MAX} items", fields={"items": "too many or none"}
        )
    if sum(one.total_minor for one in items) != price_minor:
        raise BadInput("the items do not come to the price", fields={"price_minor": "not the sum"})
    if not 1 <= price_minor <= PRINCIPAL_MINOR_MAX:
        raise BadInput("a price no loan is made for", fields={"price_minor": "out of bounds"})


def subsidy_minor(
    terms: MerchantTerms, principal_minor: int, rate_bps: int, tenor_months: int
) -> int:
    """Return the interest the merchant pays: the lender's plan less the buyer's, to the fen."""
    buyer = terms.buyer_rate_bps(rate_bps, tenor_months)
    if buyer == rate_bps:
        return 0
    whole = quote(principal_minor, rate_bps, tenor_months).cost_minor
    return whole - quote(principal_minor, buyer, tenor_months).cost_minor


def merchant_fee_minor(terms: MerchantTerms, price_minor: int) -> int:
    """Return the merchant's own fee on a price, half up."""
    return divide_half_up(price_minor * terms.fee_bps, _BPS_PER_ONE)


def rebate_minor(purchase: Purchase, amount_minor: int) -> int:
    """Return what a merchant has back of its subsidy when goods of this amount come back in time.

    In proportion to the price, reckoned from all that came back, so that the parts of a whole
    return are the whole subsidy to the fen.
    """
    before, price = purchase.asked_back_minor, purchase.price_minor
    subsidy = purchase.subsidy_minor
    return subsidy * (before + amount_minor) // price - subsidy * before // price
