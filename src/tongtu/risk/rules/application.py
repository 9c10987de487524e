"""The application rules' question and answer: knock-outs and grounds for a person to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tongtu.risk.rules.features import HOMES, JOBS, UNKNOWN, Column
from tongtu.tables.api import Given, Words

DECLINE = "decline"
REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say: "pass", "review" or "decline", why, and which rows fired."""

    severity: str
    reasons: tuple[str, ...]
    fired: tuple[str, ...]


_PASS = Verdict("pass", (), ())


def rule_facts(row: tuple[int, ...], *, party_recent: int, device_recent: int) -> dict[str, object]:
    """Return what rules/application_rules.json asks for, from an application's `facts_row`.

    An unknown is 0 and says so beside it. The counts are earlier applications: of the person in 7
    days, from the device in 24 hours.
    """
    (income, expenses, assets, debt, price, seniority, home, job, records, amount, tenor, *_) = row
    has_income = income != UNKNOWN
    return {
        "party_recent": party_recent,
        "device_recent": device_recent,
        "has_income": has_income,
        "income_minor": income if has_income else 0,
        "has_assets": assets != UNKNOWN,
        "assets_minor": max(assets, 0),
        "has_debt": debt != UNKNOWN,
        "debt_minor": max(debt, 0),
        "records": records == 1,
        "home": HOMES[home],
        "job": JOBS[job],
        "seniority_years": seniority,
        "tenor_months": tenor,
        "amount_minor": amount,
        # Of no income, or of a price of nothing, any amount is a large part.
        "amount_to_income_percent": amount * 100 // max(income, 1) if has_income else 0,
        "amount_to_price_percent": amount * 100 // max(price, 1),
        "savings_minor": income - expenses if has_income else 0,
    }


def rule_columns(
    columns: Mapping[str, Column], *, party_recent: Column, device_recent: Column
) -> dict[str, Given]:
    """Return what `rule_facts` does of many applications, by the columns of their facts."""
    income, assets, debt = columns["income_minor"], columns["assets_minor"], columns["debt_minor"]
    amount, has_income = columns["amount_minor"], income != UNKNOWN
    return {
        "party_recent": party_recent,
        "device_recent": device_recent,
        "has_income": has_income,
        "income_minor": np.maximum(income, 0),
        "has_assets": assets != UNKNOWN,
        "assets_minor": np.maximum(assets, 0),
        "has_debt": debt != UNKNOWN,
        "debt_minor": np.maximum(debt, 0),
        "records": columns["records"] == 1,
        "home": Words(columns["home"], HOMES),
        "job": Words(columns["job"], JOBS),
        "seniority_years": columns["seniority_years"],
        "tenor_months": columns["tenor_months"],
        "amount_minor": amount,
        "amount_to_income_percent": np.where(has_income, amount * 100 // np.maximum(income, 1), 0),
        "amount_to_price_percent": amount * 100 // np.maximum(columns["price_minor"], 1),
        "savings_minor": np.where(has_income, income - columns["expenses_minor"], 0),
    }


def verdict(fired: Sequence[Mapping[str, Any]]) -> Verdict:
    """Return what the fired rows of the table mean together: the harder severity, its reasons."""
    if not fired:
        return _PASS
    severities = {row["severity"] for row in fired}
    severity = next((one for one in (DECLINE, REVIEW) if one in severities), "pass")
    reasons = dict.fromkeys(str(row["reason"]) for row in fired if row["severity"] == severity)
    return Verdict(severity, tuple(reasons), tuple(str(row["rule"]) for row in fired))
