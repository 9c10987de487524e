"""The market's lines in a replay's report: offers, savings, refusals, lenders side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = tuple[str, str, str]
_NAMES = {"irr12_percent": "all-in a year, 12 x monthly IRR", "effective_percent": "compounded"}


def market_rows(market: Mapping[str, Any], label: str = "") -> list[Row]:
    """Return (section, name, value) lines; none where nobody came as far as the lenders.

    The label stands before each section: whose decisions these are, where not the machine's.
    """
    if not market["asked"]:
        return []
    each = ", ".join(f"{people} had {offers}" for offers, people in market["offers_each"].items())
    rows = [
        ("market", "lenders were asked for", f"{market['asked']:,} applicants"),
        ("market", "offers an asked applicant", f"{market['offers'] / market['asked']:.2f}"),
        ("market", "offers in a list", each or "none"),
        *_saving(market["saving"]),
    ]
    for name, words in _NAMES.items():
        told = market["all_in"][name]
        value = f"{told['least']} … {told['middle']} … {told['most']} %"
        rows.append(("market", words, f"{value}, of those taken {told['middle_taken']}"))
    rows += [_side_by_side(one) for one in market["lenders"]]
    rows += [row for one in market["lenders"] for row in _refusals(one)]
    return [(f"{label}{section}", name, value) for section, name, value in rows]


def _saving(told: Mapping[str, Any]) -> list[Row]:
    if not told["people"]:
        return []
    name = "offer taken against the median of its list"
    saved = f"saves {yuan(told['sum_minor'])} in all, {yuan(told['median_minor'])} in the middle"
    points = (
        f"{told['mean_points']} points a year on the mean, {told['median_points']} in the middle"
    )
    return [("market", name, saved), ("market", f"{told['people']} people", points)]


def _side_by_side(one: Mapping[str, Any]) -> Row:
    shares = " / ".join(
        f"{100 * one[name]:.1f}" for name in ("eligible_share", "shown_share", "chosen_share")
    )
    worth = "" if one["worth_minor"] is None else f", worth {yuan(one['worth_minor'])}"
    return (
        "lenders: % eligible / shown / chosen",
        one["lender"],
        f"{shares}, first {one['first']} times, lent {yuan(one['lent_minor'])}{worth}",
    )


def _refusals(one: Mapping[str, Any]) -> list[Row]:
    told = ", ".join(f"{reason} {count}" for reason, count in one["refusals"].items())
    return [("lenders that said no", one["lender"], told)] if told else []


def yuan(minor: int) -> str:
    """Return fen as yuan, which may be below 0."""
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}¥{minor // 100:,}.{minor % 100:02d}"
