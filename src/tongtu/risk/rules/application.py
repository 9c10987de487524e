"""The application rules' question and answer: knock-outs and grounds for a person to look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tongtu.risk.rules.features import FACTS, HOMES, JOBS, UNKNOWN, facts_row

DECLINE = "decline"
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say: "pass", "review" or "decline", why, and which rows fired."""

    severity: str
    reasons: tuple[str, ...]
    fired: tuple[str, ...]


def rule_facts(
    facts: Mapping[str, object], *, party_recent: int, device_recent: int
) -> dict[str, object]:
    """Return what rules/application_rules.json asks for; an unknown is 0 and says so beside it.

    The counts are earlier applications: of the person in 7 days, from the device in 24 hours.

    Raises:
        BadInput: as `facts_row` says.
    """
    row = dict(zip(FACTS, facts_row(facts), strict=True))
    income, amount, price = row["income_minor"], row["amount_minor"], row["price_minor"]
    has_income = income != UNKNOWN
    return {
        "party_recent": party_recent,
        "device_recent": device_recent,
        "has_income": has_income,
        "income_minor": income if has_income else 0,
        "has_assets": row["assets_minor"] != UNKNOWN,
        "assets_minor": max(row["assets_minor"], 0),
        "has_debt": row["debt_minor"] != UNKNOWN,
        "debt_minor": max(row["debt_minor"], 0),
        "records": row["records"] == 1,
        "home": HOMES[row["home"]],
        "job": JOBS[row["job"]],
        "seniority_years": row["seniority_years"],
        "tenor_months": row["tenor_months"],
        "amount_minor": amount,
        # Of no income, or of a price of nothing, any amount is a large part.
        "amount_to_income_percent": amount * 100 // max(income, 1) if has_income else 0,
        "amount_to_price_percent": amount * 100 // max(price, 1),
        "savings_minor": income - row["expenses_minor"] if has_income else 0,
    }


def verdict(rows: Iterable[Mapping[str, Any]]) -> Verdict:
    """Return what the fired rows of the table mean together: the harder severity, its reasons."""
    fired = list(rows)
    severities = {row["severity"] for row in fired}
    severity = next((one for one in (DECLINE, REVIEW) if one in severities), "pass")
    reasons = dict.fromkeys(str(row["reason"]) for row in fired if row["severity"] == severity)
    return Verdict(severity, tuple(reasons), tuple(str(row["rule"]) for row in fired))
