"""GET /v1/policy/rules: the law in force as this platform keeps it, and how well it was checked."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.params import QueryParameter

from tongtu.channels.rest.auth import allow
from tongtu.channels.rest.given import GivenParts
from tongtu.identity.api import Role
from tongtu.kernel.clock import business_date_of
from tongtu.policy.api import LABELS, Rule


class RuleShown(msgspec.Struct, frozen=True):
    """One rule; `label` is T (text read), S (reported), M (from memory), P (own policy)."""

    id: str
    title_zh: str
    title_en: str
    severity: str
    points: list[str]
    when: str
    test: str
    label: str
    document: str
    article: str
    published_on: dt.date
    effective_from: dt.date | None
    effective_to: dt.date | None


class RulesShown(msgspec.Struct, frozen=True):
    """The rules asked for, and how many of each label the whole pack has."""

    pack: str
    pack_hash: str
    is_illustrative: bool
    labels: dict[str, int]
    items: list[RuleShown]
    next: str | None


Label = Annotated[
    Literal["T", "S", "M", "P"] | None,
    QueryParameter(description="only rules of a label; M: to be confirmed by counsel"),
]
At = Annotated[dt.date | None, QueryParameter(description="only rules in force on the day")]


@get(
    "/v1/policy/rules",
    opt=allow(Role.OPERATOR, Role.CLERK, Role.ANALYST, Role.REGULATOR),
)
async def list_rules(parts: GivenParts, label: Label = None, at: At = None) -> RulesShown:
    """Return the rules of the pack in use, today's if no day is named."""
    runtime, content = parts.runtime, parts.pack.content
    day = at or business_date_of(runtime.clock.now(), runtime.settings.zone)
    labels = [rule.source.label for rule in content.rules]
    return RulesShown(
        pack=content.id,
        pack_hash=content.hash,
        is_illustrative=content.is_illustrative,
        labels={one: labels.count(one) for one in LABELS},
        items=[
            _shown(rule)
            for rule in content.rules
            if rule.days.holds(day) and label in (None, rule.source.label)
        ],
        next=None,
    )


def _shown(rule: Rule) -> RuleShown:
    days = rule.days
    return RuleShown(
        id=rule.id,
        title_zh=rule.title["zh"],
        title_en=rule.title["en"],
        severity=rule.severity.value,
        points=list(rule.points),
        when=rule.when,
        test=" ".join(rule.test.split()),
        label=rule.source.label,
        document=rule.source.doc_no,
        article=rule.source.article,
        published_on=rule.source.date,
        effective_from=None if days.first == dt.date.min else days.first,
        effective_to=None if days.last == dt.date.max else days.last,
    )


ROUTES = (list_rules,)
