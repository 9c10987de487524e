"""The market as the applicants met it: offers, savings, who said no and why, lenders side by side.

Counted from the answers they got; the platform's own count stands beside it. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Any

# A lender that said yes and whose money was spent was eligible all the same.
EXHAUSTED = "quota_exhausted"
CONVENTIONS = ("irr12_percent", "effective_percent")


@dataclass(slots=True)
class Lender:
    """What one lender did with the people of this replay; `lent_minor` is of offers taken."""

    asked: int = 0
    eligible: int = 0
    shown: int = 0
    first: int = 0
    chosen: int = 0
    lent_minor: int = 0
    refusals: Counter[str] = field(default_factory=Counter)


def market(cases: Sequence[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of the market; `told` is the platform's count of the same days."""
    asked = [one for one in cases if one.answer.get("offers") or one.answer.get("not_offered")]
    lenders: dict[str, Lender] = {}
    for case in asked:
        _count(lenders, case)
    with_offers = [case for case in asked if case.offers]
    listed = [case for case in with_offers if case.later_taken is None]
    lists = Counter(len(case.offers) for case in with_offers)
    worths = {one["lender"]: one["worth_minor"] for one in told.get("lenders", ())}
    return {
        "asked": len(asked),
        "with_offers": len(with_offers),
        "offers": sum(len(case.offers) for case in with_offers),
        "offers_each": {str(offers): people for offers, people in sorted(lists.items())},
        "saving": _saving(listed),
        "all_in": {name: _figures(with_offers, name) for name in CONVENTIONS},
        "lenders": [
            {
                "lender": name,
                "asked": one.asked,
                "eligible": one.eligible,
                "shown": one.shown,
                "first": one.first,
                "chosen": one.chosen,
                "eligible_share": _share(one.eligible, len(asked)),
                "shown_share": _share(one.shown, len(asked)),
                "chosen_share": _share(one.chosen, len(asked)),
                "lent_minor": one.lent_minor,
                "worth_minor": worths.get(name),
                "refusals": dict(one.refusals.most_common()),
            }
            for name, one in sorted(lenders.items())
        ],
    }


def _count(lenders: dict[str, Lender], case: Any) -> None:
    for silent in case.answer.get("not_offered", ()):
        one = lenders.setdefault(_name(silent), Lender())
        one.asked += 1
        one.eligible += silent["reason_code"] == EXHAUSTED
        one.refusals[silent["reason_code"]] += 1
    for place, offer in enumerate(case.offers, start=1):
        one = lenders.setdefault(_name(offer), Lender())
        one.asked += 1
        one.eligible += 1
        one.shown += 1
        one.first += place == 1
        if offer["n"] == case.taken:
            one.chosen += 1
            one.lent_minor += offer["amount_minor"]
    if case.later_taken is not None:  # of a remote lender: in the decision nobody asked it
        one = lenders.setdefault(_name(case.later_taken), Lender())
        one.chosen += 1
        one.lent_minor += case.later_taken["amount_minor"]


def _saving(cases: Sequence[Any]) -> dict[str, Any]:
    """Return what the offer taken costs less than the median of its own list, money and points.

    Of offers of the decision alone, as the platform counts it.
    """
    money: list[Decimal] = []
    points: list[Decimal] = []
    for case in cases:
        if not case.taken:
            continue
        offers = case.offers
        taken = offers[case.taken - 1]
        money.append(_median([one["cost_minor"] for one in offers]) - taken["cost_minor"])
        yearly = [Decimal(one["irr12_percent"]) for one in offers]
        points.append(_median(yearly) - Decimal(taken["irr12_percent"]))
    if not money:
        return {"people": 0}
    return {
        "people": len(money),
        "sum_minor": int(sum(money)),
        "median_minor": int(median(money)),
        "mean_points": f"{sum(points) / len(points):.2f}",
        "median_points": f"{median(points):.2f}",
    }


def _figures(cases: Sequence[Any], name: str) -> dict[str, str | None]:
    """Return the least, middle and largest figure of all offers, and the middle of those taken."""
    every = [Decimal(one[name]) for case in cases for one in case.offers if name in one]
    chosen = [case.later_taken or case.offers[case.taken - 1] for case in cases if case.taken]
    taken = [Decimal(one[name]) for one in chosen if name in one]
    if not every:
        return {"least": None, "middle": None, "most": None, "middle_taken": None}
    return {
        "least": f"{min(every):.2f}",
        "middle": f"{_median(every):.2f}",
        "most": f"{max(every):.2f}",
        "middle_taken": f"{_median(taken):.2f}" if taken else None,
    }


def differing(answer: Mapping[str, Any], routes: Mapping[str, Any]) -> list[str]:
    """Return the lenders of whom the platform says something else than the applicant was told."""
    told = {_name(one): (one["n"], one["cost_minor"], "") for one in answer.get("offers", ())}
    told |= {_name(one): (None, None, one["reason_code"]) for one in answer.get("not_offered", ())}
    said = {
        one["lender"]: (one["place"], one["cost_minor"], one["reason_code"] or "")
        for one in routes["lenders"]
    }
    return sorted(name for name in told | said if told.get(name) != said.get(name))


def _name(told: Mapping[str, Any]) -> str:
    """Return a lender's id: an offer shows the lender whole, a refusal its id."""
    lender = told["lender"]
    return str(lender["id"] if isinstance(lender, Mapping) else lender)


def _median(values: Sequence[Decimal | int]) -> Decimal:
    return median([Decimal(one) for one in values])


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
