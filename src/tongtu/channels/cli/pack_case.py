"""One application judged under several countries' packs: the same flows and facts, every verdict.

A case is {"at", "begins", "monthly": [amount lent, then each month's instalment below zero],
"points": {point: facts}}. Each pack solves the yearly cost its own way and reads what it declares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tongtu.kernel.errors import BadInput
from tongtu.kernel.number import decimal_of
from tongtu.policy.api import Finding, Pack, Shelf, months_after, strictest
from tongtu.terms.api import Flow

# The fact by which a pack's rules read the yearly cost of its own method.
COST_FACTS = {
    "irr_monthly_x12": "irr12_ppm",
    "eu.aprc": "aprc_ppm",
    "us.regz_actuarial": "apr_ppm",
}
# Counted by months and not by dates.
_BY_PERIOD = frozenset({"irr_monthly_x12"})
_PPM_PER_PERCENT = 10_000
MONTHS_MAX = 120


def judge_case(case: Mapping[str, Any], countries: Sequence[str]) -> dict[str, Any]:
    """Return what the law of each country says of a case at each point, and the strictest of all.

    Raises:
        BadInput: a malformed case.
        Broken: `no_pack`: a country has no pack in force on the day.
    """
    try:
        at, begins = date.fromisoformat(case["at"]), date.fromisoformat(case["begins"])
        amounts = [decimal_of("monthly", one) for one in case["monthly"]]
        points: Mapping[str, Mapping[str, Any]] = case["points"]
    except (KeyError, TypeError, ValueError) as fault:
        raise BadInput(f"no such case can be judged: {fault}") from None
    if not 2 <= len(amounts) <= MONTHS_MAX + 1:
        raise BadInput("a case has its amount and 1 to 120 instalments")
    shelf, told = Shelf.load(countries), []
    verdicts: list[Finding] = []
    for country in dict.fromkeys(countries):
        (pack,) = shelf.law_of(country, country, at).packs
        costs = pack.yearly_costs(_flows(pack, begins, amounts))
        judged = {}
        for point, given in points.items():
            facts = _facts(pack, {**given, **_cost_fact(pack, costs)})
            found = pack.evaluate(point, facts, at)
            verdicts += found
            judged[point] = [
                {"rule": one.rule, "severity": one.severity.value, "code": one.code,
                 "reason": pack.reason(one.code, "en"), "missing": one.facts.get("missing")}
                for one in found
            ]  # fmt: skip
        told.append(
            {
                "pack": pack.id,
                "hash": pack.hash,
                "is_illustrative": pack.is_illustrative,
                "yearly_cost_percent": {name: f"{cost:f}" for name, cost in costs.items()},
                "points": judged,
            }
        )
    gravest = strictest(verdicts)
    return {"laws": told, "strictest": None if gravest is None else gravest.value}


def _flows(pack: Pack, begins: date, amounts: Sequence[Decimal]) -> list[Flow]:
    if pack.content.method.apr in _BY_PERIOD:
        return [Flow(nr, amount) for nr, amount in enumerate(amounts)]
    return [Flow(months_after(begins, nr), amount) for nr, amount in enumerate(amounts)]


def _cost_fact(pack: Pack, costs: Mapping[str, Decimal]) -> dict[str, object]:
    method = pack.content.method.apr
    return {COST_FACTS[method]: int(costs[method] * _PPM_PER_PERCENT)}


def _facts(pack: Pack, given: Mapping[str, Any]) -> dict[str, object]:
    """Return the facts in the types that the pack declares; others are left for another law."""
    types = pack.content.facts
    facts: dict[str, object] = {}
    for name, value in given.items():
        if types.get(name) == "date" and isinstance(value, str):
            facts[name] = date.fromisoformat(value)
        elif types.get(name) == "strings" and isinstance(value, list):
            facts[name] = tuple(value)
        elif name in types:
            facts[name] = value
    return facts
