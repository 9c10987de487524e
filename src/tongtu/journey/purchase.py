"""What a merchant's purchase changes of an offer: whose its price is, and which are refused."""

from __future__ import annotations

from tongtu.checkout.api import Purchase, find_purchase
from tongtu.funding.api import find_shares
from tongtu.kernel.errors import Refused
from tongtu.origination.api import Offer
from tongtu.runtime.api import Connection
from tongtu.terms.api import quote


def borne(offer: Offer, purchase: Purchase | None) -> Offer:
    """Return the offer as the buyer bears it: the lender's, less the rate the merchant pays.

    Its yearly figures are solved from the buyer's own schedule: 0 only when the buyer pays nothing.
    """
    if purchase is None:
        return offer
    rate_bps = purchase.terms.buyer_rate_bps(offer.rate_bps, offer.tenor_months)
    if rate_bps == offer.rate_bps:
        return offer
    own = quote(offer.amount_minor, rate_bps, offer.tenor_months, offer.fee_monthly_minor)
    return offer._replace(
        rate_bps=rate_bps,
        instalment_minor=own.instalment_minor,
        last_instalment_minor=own.last_minor,
        total_minor=own.total_minor,
        cost_minor=own.cost_minor,
        irr12_ppm=own.irr12_ppm,
        effective_ppm=own.effective_ppm,
    )


async def check_purchase(connection: Connection, cell: int, application: int) -> None:
    """Refuse a joint loan for a merchant's goods: what comes back of them is not divided yet.

    Raises:
        Refused: code `joint_purchase`; the transaction it is called in is undone.
    """
    if await find_purchase(connection, cell, application) is None:
        return
    if await find_shares(connection, cell, application) is not None:
        raise Refused("this lender does not pay merchants; take another", code="joint_purchase")
