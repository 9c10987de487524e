"""POST /v1/quotes: what a loan would cost at the least and at the most, before anybody applies.

Asked with amount, term and product it gives the range of all lenders; asked with merchant, item and
price, as a goods page does, each lender's range for each term.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec
from litestar import post
from litestar.params import JSONBody

from tongtu.catalog.api import LoanProduct, fits
from tongtu.channels.rest.auth import PUBLIC
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.funding.api import Lender, Program
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import BadInput, Refused
from tongtu.kernel.money import divide_half_up
from tongtu.kernel.rate import BPS_PER_ONE
from tongtu.origination.api import Figures, GoodsAsked, percent_of_bps, percent_of_ppm
from tongtu.risk.api import BANDS
from tongtu.terms.api import PRINCIPAL_MINOR_MAX, Quote, quote

BASIS = (
    "the lowest and the highest price of all lenders and risk bands for this amount and term; "
    "not an offer; yearly figures are 12 x the monthly IRR and the same compounded"
)
GOODS_BASIS = (
    "for each term the lenders that cost least, from their best to their worst band; the whole "
    "price is lent; not an offer; yearly figures are 12 x the monthly IRR and the same compounded"
)
_NOT_OFFERED = "product_not_offered"


class QuoteAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much, how long, for which product; or what stands on a goods page."""

    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=PRINCIPAL_MINOR_MAX)] | None = None
    tenor_months: Annotated[int, msgspec.Meta(ge=1, le=120)] | None = None
    product: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,40}$")] | None = None
    merchant: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_-]{1,40}$")] | None = None
    item: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    price_minor: Annotated[int, msgspec.Meta(ge=1, le=PRINCIPAL_MINOR_MAX)] | None = None


class _Asked(NamedTuple):
    amount_minor: int
    tenor_months: int


class QuoteShown(msgspec.Struct, frozen=True):
    """One end of the range."""

    instalment_minor: int
    total_minor: int
    cost_minor: int
    rate_percent: str
    irr12_percent: str
    effective_percent: str
    lender: str


class QuotesShown(msgspec.Struct, frozen=True, rename={"lowest": "from", "highest": "to"}):
    """The range, and what it stands on."""

    lowest: QuoteShown
    highest: QuoteShown
    basis: str


class FiguresShown(msgspec.Struct, frozen=True):
    """What a buyer pays at one end of a lender's range."""

    instalment_minor: int
    last_instalment_minor: int
    total_minor: int
    cost_minor: int
    rate_percent: str
    irr12_percent: str
    effective_percent: str


class PlanQuoted(msgspec.Struct, frozen=True, rename={"lowest": "from", "highest": "to"}):
    """One lender's range for one term, all charges in it."""

    tenor_months: int
    lender: str
    product: str
    lowest: FiguresShown
    highest: FiguresShown


class GoodsQuoted(msgspec.Struct, frozen=True):
    """The plans for a price, by term, the cheapest first."""

    merchant: str
    item: str
    price_minor: int
    plans: list[PlanQuoted]
    basis: str


@post("/v1/quotes", status_code=200, opt=PUBLIC, dto=StrictBody[QuoteAsked], return_dto=None)
async def make_quotes(data: JSONBody[QuoteAsked], parts: GivenParts) -> QuotesShown | GoodsQuoted:
    """Return the cheapest and the dearest price on the grid; nothing is stored."""
    if data.merchant is not None and data.item is not None and data.price_minor is not None:
        if (data.amount_minor, data.tenor_months, data.product) != (None, None, None):
            raise BadInput("either a product or goods are quoted")
        return await _goods(parts, data.merchant, data.item, data.price_minor)
    if data.amount_minor is None or data.tenor_months is None or data.product is None:
        raise BadInput("name amount, term and product; or merchant, item and price")
    return _range(parts, data.product, data.amount_minor, data.tenor_months)


async def _goods(parts: Parts, merchant: str, item: str, price_minor: int) -> GoodsQuoted:
    paid = tuple(parts.merchants.named(merchant).terms.paid_bps.items())
    offers = await parts.goods.submit(GoodsAsked(price_minor, paid))
    lender_of = parts.book.lender
    plans = [
        PlanQuoted(
            one.tenor_months,
            lender_of(one.lender).id,
            one.product,
            _figures(one.lowest),
            _figures(one.highest),
        )
        for one in offers
    ]
    return GoodsQuoted(merchant, item, price_minor, plans, GOODS_BASIS)


def _figures(one: Figures) -> FiguresShown:
    return FiguresShown(
        instalment_minor=one.instalment_minor,
        last_instalment_minor=one.last_instalment_minor,
        total_minor=one.total_minor,
        cost_minor=one.cost_minor,
        rate_percent=percent_of_bps(one.rate_bps),
        irr12_percent=percent_of_ppm(one.irr12_ppm),
        effective_percent=percent_of_ppm(one.effective_ppm),
    )


def _range(parts: Parts, name: str, amount_minor: int, tenor_months: int) -> QuotesShown:
    product, data = parts.catalogue.find(name), _Asked(amount_minor, tenor_months)
    if refusals := fits(product, data.amount_minor, data.tenor_months, product.purposes[0]):
        raise Refused(parts.pack.reason(refusals[0], "en"), code=refusals[0])
    found = _priced(parts, product, data)
    if not found:
        raise Refused(parts.pack.reason(_NOT_OFFERED, "en"), code=_NOT_OFFERED)
    ordered = sorted(found, key=lambda one: (one[0].total_minor, one[0].irr12_ppm, one[1].number))
    return QuotesShown(_shown(*ordered[0]), _shown(*ordered[-1]), BASIS)


def _priced(parts: Parts, product: LoanProduct, asked: _Asked) -> list[tuple[Quote, Lender, int]]:
    """Return every price on the grid for the amount and term that keeps within the cap."""
    runtime, book = parts.runtime, parts.book
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    cap_ppm = int(parts.pack.param("all_in_cap_ppm", today))
    found = []
    for program in book.programs():
        if not _is_on_offer(program, product, asked):
            continue
        for band in range(BANDS):
            price = book.price(program.id, band, asked.tenor_months)
            if price is None:
                continue
            fee_minor = divide_half_up(asked.amount_minor * price.fee_bps_monthly, BPS_PER_ONE)
            figures = quote(asked.amount_minor, price.rate_bps, asked.tenor_months, fee_minor)
            if figures.irr12_ppm <= cap_ppm:
                found.append((figures, book.lender(program.lender), price.rate_bps))
    return found


def _is_on_offer(program: Program, product: LoanProduct, asked: _Asked) -> bool:
    return (
        product.id in program.products
        and program.tenor_min_months <= asked.tenor_months <= program.tenor_max_months
        and asked.amount_minor >= program.amount_min_minor
    )


def _shown(figures: Quote, lender: Lender, rate_bps: int) -> QuoteShown:
    return QuoteShown(
        instalment_minor=figures.instalment_minor,
        total_minor=figures.total_minor,
        cost_minor=figures.cost_minor,
        rate_percent=percent_of_bps(rate_bps),
        irr12_percent=percent_of_ppm(figures.irr12_ppm),
        effective_percent=percent_of_ppm(figures.effective_ppm),
        lender=lender.id,
    )


ROUTES = (make_quotes,)
