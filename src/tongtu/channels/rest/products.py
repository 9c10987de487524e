"""GET /v1/products, /v1/lenders, /v1/consent-texts: what is on offer, from whom, in whose words."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.params import QueryParameter

from tongtu.catalog.api import LoanProduct
from tongtu.channels.rest.auth import PUBLIC
from tongtu.channels.rest.given import GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.funding.api import Lender
from tongtu.kernel.clock import business_date_of
from tongtu.origination.api import percent_of_bps, percent_of_ppm
from tongtu.policy.api import APPLICATION, ConsentText

BASIS = (
    "worked examples, not offers; yearly figures are 12 x the monthly IRR and the same compounded"
)


class ExampleShown(msgspec.Struct, frozen=True):
    """A worked example; its yearly figures are 12 x the monthly IRR and the same compounded."""

    amount_minor: int
    tenor_months: int
    rate_percent: str
    instalment_minor: int
    total_minor: int
    cost_minor: int
    irr12_percent: str
    effective_percent: str


class ProductShown(msgspec.Struct, frozen=True):
    """One loan product."""

    id: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    amount_min_minor: int
    amount_max_minor: int
    tenors_months: list[int]
    draw_tenors_months: list[int]  # of a line to draw on; empty for a loan
    purposes: list[str]
    lender_kinds: list[str]
    method: str
    example: ExampleShown


class ProductsShown(msgspec.Struct, frozen=True):
    """Every product, in the order a page shows them; `basis` is that of the examples' figures."""

    items: list[ProductShown]
    next: str | None
    basis: str


_REVIEW_DAYS = "{human_review_days}"


class LenderShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One lender; its name is always shown in full.

    `asks_bureau`: it decides by itself, and hears of a person through a credit bureau only;
    told of those that do.
    """

    id: str
    name_zh: str
    name_en: str
    kind: str
    asks_bureau: bool = False


class LendersShown(msgspec.Struct, frozen=True):
    """Every lender of the platform."""

    items: list[LenderShown]
    next: str | None


class ConsentTextShown(msgspec.Struct, frozen=True):
    """What a person is asked to agree to for one purpose; nothing is ticked beforehand."""

    scope: str
    per_recipient: bool
    required: bool
    title: str
    text: str


class ConsentTextsShown(msgspec.Struct, frozen=True):
    """All consent texts in force; `version` is what a consent names."""

    version: str
    lang: str
    items: list[ConsentTextShown]


@get("/v1/products", opt=PUBLIC)
async def list_products(parts: GivenParts) -> ProductsShown:
    """Return the loan products with a worked example each."""
    return ProductsShown([_product(one) for one in parts.catalogue.all()], None, BASIS)


@get("/v1/lenders", opt=PUBLIC)
async def list_lenders(parts: GivenParts) -> LendersShown:
    """Return the lenders."""
    remote = {one.lender.number for one in parts.book.remotes}
    items = [show_lender(one, one.number in remote) for one in parts.book.everybody()]
    return LendersShown(items, None)


@get("/v1/consent-texts", opt=PUBLIC)
async def list_consent_texts(
    parts: GivenParts, lang: Annotated[Literal["zh", "en"], QueryParameter()] = "zh"
) -> ConsentTextsShown:
    """Return the consent texts in force in one language."""
    items = [
        ConsentTextShown(
            scope=one.scope,
            per_recipient=one.per_recipient,
            required=one.required,
            title=one.title[lang],
            text=filled_text(parts, one, lang),
        )
        for one in parts.pack.content.consents
        if one.asked_in == APPLICATION
    ]
    return ConsentTextsShown(parts.consent_version, lang, items)


def filled_text(parts: Parts, text: ConsentText, lang: str) -> str:
    """Return a consent's text with the law's figures of today; its recipient stays open."""
    body, runtime = text.text[lang], parts.runtime
    if _REVIEW_DAYS not in body:
        return body
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    return body.replace(_REVIEW_DAYS, str(parts.pack.param("human_review_days", today)))


def show_lender(lender: Lender, asks_bureau: bool = False) -> LenderShown:
    """Return a lender as everybody is shown it."""
    return LenderShown(lender.id, lender.zh, lender.en, lender.kind.value, asks_bureau)


def _product(product: LoanProduct) -> ProductShown:
    example = product.example
    return ProductShown(
        id=product.id,
        name_zh=product.name["zh"],
        name_en=product.name["en"],
        about_zh=product.about["zh"],
        about_en=product.about["en"],
        amount_min_minor=product.amount_min_minor,
        amount_max_minor=product.amount_max_minor,
        tenors_months=list(product.tenors_months),
        draw_tenors_months=list(product.draw_tenors_months),
        purposes=list(product.purposes),
        lender_kinds=list(product.lender_kinds),
        method=product.method.value,
        example=ExampleShown(
            amount_minor=example.amount_minor,
            tenor_months=example.tenor_months,
            rate_percent=percent_of_bps(example.rate_bps),
            instalment_minor=example.quote.instalment_minor,
            total_minor=example.quote.total_minor,
            cost_minor=example.quote.cost_minor,
            irr12_percent=percent_of_ppm(example.quote.irr12_ppm),
            effective_percent=percent_of_ppm(example.quote.effective_ppm),
        ),
    )


ROUTES = (list_products, list_lenders, list_consent_texts)
