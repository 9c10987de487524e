"""What an anonymous page shows of a price is asked of the law at each start (page.show).

The facts are read off the answer's own fields, once: a figure that is taken out of an answer, or a
rate that is put in without its yearly cost, stops the start. No request is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from tongtu.channels.rest.checkout import PlanShown
from tongtu.channels.rest.offers import CostTableShown
from tongtu.channels.rest.products import ProductsShown
from tongtu.channels.rest.quotes import GoodsQuoted, QuotesShown
from tongtu.channels.rest.recommendations import RecommendationShown
from tongtu.kernel.errors import Broken
from tongtu.policy.api import Finding, Pack, Severity

POINT = "page.show"
# Fields by which a page tells what a loan costs.
RATE, YEARLY, BASIS = "rate_percent", "irr12_percent", "basis"
# All that a buyer must see before paying: what each month, what in all, what of it is cost.
COST_TABLE = frozenset({"instalment_minor", "total_minor", "cost_minor", YEARLY})
LOWEST, HIGHEST = "lowest", "highest"


class Page(NamedTuple):
    """What is shown, and whether goods are paid for on it."""

    name: str
    shown: type
    is_checkout: bool = False


PAGES = (
    Page("GET /v1/products", ProductsShown),
    Page("POST /v1/quotes", QuotesShown),
    Page("POST /v1/quotes (goods)", GoodsQuoted, is_checkout=True),
    Page("POST /v1/recommendations/plain", RecommendationShown),
    Page("POST /v1/checkout/…/application", PlanShown, is_checkout=True),
    Page("GET /v1/offers/…/cost-table", CostTableShown),
)


def check_pages(pack: Pack, at: date) -> tuple[tuple[str, Finding], ...]:
    """Ask the pack about every page that shows a price; return what it only warns of, by page.

    Raises:
        Broken: `page_not_lawful`: a page breaks a rule, named.
    """
    check = pack.compile(POINT, at)
    found = [(page.name, one) for page in PAGES for one in check(facts_of(page))]
    if broken := [
        f"{name}: {one.rule}" for name, one in found if one.severity is not Severity.WARN
    ]:
        raise Broken(f"not shown by the rules of {pack.id}: {'; '.join(broken)}",
                     code="page_not_lawful")  # fmt: skip
    return tuple(found)


def facts_of(page: Page) -> Mapping[str, object]:
    """Return what rules may read of a page, from the names of the fields it is made of.

    It speaks of no decision and of no person, is signed by nobody, and hints at no suspicion.
    """
    names = fields_of(page.shown)
    return {
        "shows_rate": RATE in names,
        "shows_yearly_cost": YEARLY in names,
        "shows_cost_basis": any(name.startswith(BASIS) for name in names),
        "says_as_low_as": LOWEST in names and HIGHEST not in names,
        "is_checkout": page.is_checkout,
        "shows_cost_table": names >= COST_TABLE,
        "is_decision": False,
        "tells_suspicion": False,
        # A list of products with worked examples is no advertisement of a rate (eu).
        "is_advertisement": False,
    }


def fields_of(shown: type) -> frozenset[str]:
    """Return the names of all fields of an answer, those of what it holds among them."""
    names: set[str] = set()
    waiting: list[msgspec.inspect.Type] = [msgspec.inspect.type_info(shown)]
    while waiting:
        found = waiting.pop()
        if isinstance(found, msgspec.inspect.StructType):
            names |= {field.name for field in found.fields}
            waiting += [field.type for field in found.fields]
        elif isinstance(found, msgspec.inspect.ListType):
            waiting.append(found.item_type)
        elif isinstance(found, msgspec.inspect.UnionType):
            waiting += found.types
    return frozenset(names)
