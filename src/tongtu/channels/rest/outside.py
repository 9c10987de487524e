"""Outside sources: what may be asked about whom, and what asking cost and brought."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from tongtu.channels.rest.auth import PUBLIC, allow
from tongtu.channels.rest.given import GivenParts
from tongtu.identity.api import Role
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import BadInput
from tongtu.risk.api import OutsideSource, asked_between

DAYS_MAX = 400


class OutsideSourceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A source: asked only with the consent `scope`, of these products from this amount on.

    `charged_to` bears the cost of a query, never the borrower. Where the source says nothing that
    can be used, a person decides (review) or the decision goes on without (go_on); below
    `go_on_below_minor` it always goes on.
    """

    id: str
    name_zh: str
    name_en: str
    scope: str
    recipient: str
    products: list[str]
    amount_min_minor: int
    max_age_days: int
    cost_minor: int
    charged_to: str
    budget_day_minor: int
    if_missing: str
    go_on_below_minor: int
    features: list[str]


class OutsideSourcesShown(msgspec.Struct, frozen=True):
    """Every outside source."""

    items: list[OutsideSourceShown]
    next: str | None


class OutsideQueriesShown(msgspec.Struct, frozen=True, kw_only=True):
    """How the queries to one source ended in one way.

    `state` is answered, half, no_record, no_answer, malformed, over_budget (it never left) or
    unanswered (under way, or nobody knows). Of the answers `stale` were too old to be used when
    they came; `age_days` is the median age of the answers when asked.
    """

    source: str
    state: str
    queries: int
    cost_minor: int
    stale: int
    age_days: int | None


class OutsideReportShown(msgspec.Struct, frozen=True):
    """The queries of these days, by source and how they ended."""

    first: dt.date
    last: dt.date
    items: list[OutsideQueriesShown]


@get("/v1/outside-sources", opt=PUBLIC)
async def list_outside_sources(parts: GivenParts) -> OutsideSourcesShown:
    """Return the outside sources and on what terms they are asked."""
    return OutsideSourcesShown([_shown(one) for one in parts.outside.sources], None)


@get("/v1/operations/outside-queries", opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR))
async def report_outside_queries(
    parts: GivenParts,
    first: Annotated[dt.date | None, QueryParameter()] = None,
    last: Annotated[dt.date | None, QueryParameter()] = None,
) -> OutsideReportShown:
    """Return what asking outside sources cost and brought; without days, today."""
    runtime = parts.runtime
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    days = first or today, last or first or today
    if not 0 <= (days[1] - days[0]).days < DAYS_MAX:
        raise BadInput(f"first and last are at most {DAYS_MAX} days in order", code="bad_days")
    async with runtime.database.reading() as connection:
        found = await asked_between(connection, parts.outside.sources, days)
    items = [
        OutsideQueriesShown(
            source=one.source,
            state=one.state,
            queries=one.queries,
            cost_minor=one.cost_minor,
            stale=one.stale,
            age_days=one.age_days,
        )
        for one in found
    ]
    return OutsideReportShown(*days, items)


def _shown(source: OutsideSource) -> OutsideSourceShown:
    return OutsideSourceShown(
        id=source.id,
        name_zh=source.names["zh"],
        name_en=source.names["en"],
        scope=source.scope.value,
        recipient=source.recipient,
        products=list(source.products),
        amount_min_minor=source.amount_min_minor,
        max_age_days=source.max_age_days,
        cost_minor=source.cost_minor,
        charged_to=source.charged_to,
        budget_day_minor=source.budget_day_minor,
        if_missing=source.if_missing.value,
        go_on_below_minor=source.go_on_below_minor,
        features=[one.name for one in source.features],
    )


ROUTES = (list_outside_sources, report_outside_queries)
