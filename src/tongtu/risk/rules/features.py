"""From what is known of an application to the integers a scorecard reads.

Unknown is a value of its own, never zero. Everything is integer, so that one row and a batch of
columns cannot differ. Protected attributes (age, sex, marital state) are no facts here at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput

Column = NDArray[np.int64]

# Stands for "unknown" in a row of integers; below every value a feature can take.
UNKNOWN = -(2**62)
# Below every known value, above "unknown": where the first bin of known values begins.
LEAST = -(10**18)
# One billion yuan; larger statements count as this much, so no product below leaves int64.
MONEY_MINOR_MAX = 10**11
TENOR_MONTHS_MAX = 84
PPM = 1_000_000
# What a ratio is when its denominator is zero and its numerator is not: beyond all real ones.
RATIO_MAX = 10**18

# The words of the two worded facts; the place of a word is its code. "unknown" is always 0.
HOMES = ("unknown", "owner", "rent", "parents", "private", "other")
JOBS = ("unknown", "fixed", "freelance", "part_time", "other")
_HOME_CODES = {word: code for code, word in enumerate(HOMES)}
_JOB_CODES = {word: code for code, word in enumerate(JOBS)}

# What an application brings, in the order of a row.
FACTS = (
    "income_minor",
    "expenses_minor",
    "assets_minor",
    "debt_minor",
    "price_minor",
    "seniority_years",
    "home",
    "job",
    "records",
    "amount_minor",
    "tenor_months",
)
# What outside sources may add to it; unknown where none was asked, or none could be used.
OUTSIDE_FACTS = ("taxed_income_minor", "employment_months", "number_days")
ROW = FACTS + OUTSIDE_FACTS
_NOT_ASKED = (UNKNOWN,) * len(OUTSIDE_FACTS)
_STATED = len(FACTS)


class Direction(StrEnum):
    """How risk may move when a feature rises; binning keeps to it."""

    RISES = "rises"
    FALLS = "falls"
    FREE = "free"  # words have no order


@dataclass(frozen=True, slots=True)
class Feature:
    """An input of the scorecard: its direction with the reason, and the code it is explained by."""

    name: str
    direction: Direction
    why: str
    reason: str
    reason_unknown: str = "missing_fact"
    words: tuple[str, ...] = ()


_RISES, _FALLS, _FREE = Direction.RISES, Direction.FALLS, Direction.FREE
_INCOME, _ASSETS, _FACT = "income_missing", "assets_missing", "missing_fact"
_MISSING = "outside_missing"
# Of what a person states. A table of others' loans has these; the demo's models learn from them.
STATED_FEATURES = (
    Feature("seniority_years", _FALLS, "a long job is a stable income", "short_employment"),
    Feature("home", _FREE, "kind of housing", "housing_situation", _FACT, HOMES),
    Feature("tenor_months", _RISES, "more months to go wrong", "term_long"),
    Feature("records", _RISES, "earlier loans went bad", "negative_records"),
    Feature("job", _FREE, "kind of employment", "employment_type", _FACT, JOBS),
    Feature("expenses_minor", _RISES, "less is left each month", "expenses_high"),
    Feature("income_minor", _FALLS, "more is left each month", "income_low", _INCOME),
    Feature("assets_minor", _FALLS, "something to fall back on", "assets_low", _ASSETS),
    Feature("debt_minor", _RISES, "others are paid as well", "debt_high"),
    Feature("amount_minor", _RISES, "more to repay", "amount_high"),
    Feature("amount_to_price", _RISES, "little is paid down", "price_share_high"),
    Feature("amount_to_income", _RISES, "more months of income to repay", "amount_high", _INCOME),
    Feature("savings_minor", _FALLS, "income less expenses", "savings_low", _INCOME),
    Feature("savings_cover", _FALLS, "savings over a month's principal", "savings_low", _INCOME),
    Feature("assets_to_amount", _FALLS, "assets cover the loan", "assets_low", _ASSETS),
)
FEATURES = (
    *STATED_FEATURES,
    Feature("taxed_income_minor", _FALLS, "income that was taxed", "income_low", _MISSING),
    Feature("employment_months", _FALLS, "insured without a gap", "short_employment", _MISSING),
    Feature("number_days", _FALLS, "a number of long standing", "number_recent", _MISSING),
)
NAMES = tuple(feature.name for feature in FEATURES)


def facts_row(facts: Mapping[str, object]) -> tuple[int, ...]:
    """Return the facts as integers in the order of ROW; what no source was asked is unknown.

    Raises:
        BadInput: a fact is absent, of another type, below zero, or a word nobody knows.
    """
    try:
        stated = tuple([facts[name] for name in FACTS])
    except KeyError as error:
        raise _unread(error) from None
    return stated_row(stated)


def stated_row(stated: tuple[object, ...]) -> tuple[int, ...]:
    """Return what `facts_row` does of facts that stand in the order of FACTS. Raises BadInput."""
    income, expenses, assets, debt, price, seniority, home, job, records, amount, tenor = stated
    most = MONEY_MINOR_MAX
    try:
        return (  # an ordinary value stands as it is: a call for each would cost twice as much
            income if type(income) is int and 0 <= income <= most else _whole_or_unknown(income),
            expenses if type(expenses) is int and 0 <= expenses <= most else _whole(expenses),
            assets if type(assets) is int and 0 <= assets <= most else _whole_or_unknown(assets),
            debt if type(debt) is int and 0 <= debt <= most else _whole_or_unknown(debt),
            price if type(price) is int and 0 <= price <= most else _whole(price),
            seniority if type(seniority) is int and 0 <= seniority <= most else _whole(seniority),
            _HOME_CODES[home],  # type: ignore[index]  # a wrong type is a KeyError
            _JOB_CODES[job],  # type: ignore[index]  # same
            _flag(records),
            amount if type(amount) is int and 0 < amount <= most else _positive(amount),
            min(_positive(tenor), TENOR_MONTHS_MAX),
            *_NOT_ASKED,
        )
    except (KeyError, TypeError) as error:
        raise _unread(error) from None


def columns(rows: Sequence[Mapping[str, object]]) -> dict[str, Column]:
    """Return the facts of many applications as columns. Raises BadInput as `facts_row` does."""
    return columns_of([facts_row(row) for row in rows])


def columns_of(rows: Sequence[tuple[int, ...]]) -> dict[str, Column]:
    """Return rows that `facts_row` gave as columns."""
    table = np.array(rows, np.int64).reshape(-1, len(ROW)).T
    return dict(zip(ROW, np.ascontiguousarray(table), strict=True))


def assemble(facts: Mapping[str, object]) -> tuple[int, ...]:
    """Return the features of one application in the order of FEATURES. Raises BadInput."""
    return assemble_row(facts_row(facts))


def assemble_row(row: tuple[int, ...]) -> tuple[int, ...]:
    """Return `assemble` of facts that `facts_row` gave."""
    stated, outside = row[:_STATED], row[_STATED:]
    (income, expenses, assets, debt, price, seniority, home, job, records, amount, tenor) = stated
    savings = UNKNOWN if income == UNKNOWN else income - expenses
    return (
        seniority,
        home,
        tenor,
        records,
        job,
        expenses,
        income,
        assets,
        debt,
        amount,
        _ratio(amount, price),
        _ratio(amount, income),
        savings,
        UNKNOWN if savings == UNKNOWN else _ratio(max(savings, 0) * tenor, amount),
        UNKNOWN if assets == UNKNOWN else _ratio(assets, amount),
        *outside,
    )


def assemble_batch(facts: Mapping[str, Column]) -> Column:
    """Return the features of many applications, one row a feature, exactly as `assemble` does."""
    income, expenses, amount = facts["income_minor"], facts["expenses_minor"], facts["amount_minor"]
    assets, debt, price = facts["assets_minor"], facts["debt_minor"], facts["price_minor"]
    tenor = facts["tenor_months"]
    has_income = income != UNKNOWN
    savings = np.where(has_income, income - expenses, UNKNOWN)
    return np.stack(
        [
            facts["seniority_years"],
            facts["home"],
            tenor,
            facts["records"],
            facts["job"],
            expenses,
            income,
            assets,
            debt,
            amount,
            _ratios(amount, price),
            _ratios(amount, income),
            savings,
            np.where(has_income, _ratios(np.maximum(savings, 0) * tenor, amount), UNKNOWN),
            np.where(assets == UNKNOWN, UNKNOWN, _ratios(assets, amount)),
            *[facts[name] for name in OUTSIDE_FACTS],
        ]
    )


def _unread(error: Exception) -> BadInput:
    return BadInput(f"a fact is missing or is no value of its kind: {error}")


def _whole(value: object) -> int:
    # type() and not isinstance: True is an int to Python, and no amount is True.
    if type(value) is not int or value < 0:
        raise TypeError("a whole number of at least 0 is needed")
    return min(MONEY_MINOR_MAX, value)


def _whole_or_unknown(value: object) -> int:
    return UNKNOWN if value is None else _whole(value)


def _flag(value: object) -> int:
    if type(value) is not bool:
        raise TypeError("true or false is needed")
    return int(value)


def _positive(value: object) -> int:
    if value == 0:
        raise TypeError("amount and tenor are above 0")
    return _whole(value)


def _ratio(numerator: int, denominator: int) -> int:
    """Return numerator / denominator in ppm, rounded down; an unknown denominator is unknown."""
    if denominator > 0:
        return numerator * PPM // denominator
    return UNKNOWN if denominator == UNKNOWN else RATIO_MAX if numerator else 0


def _ratios(numerator: Column, denominator: Column) -> Column:
    ratio = numerator * PPM // np.maximum(denominator, 1)
    beyond = np.where(numerator != 0, RATIO_MAX, 0)
    ratio = np.where(denominator == 0, beyond, ratio)
    return np.where(denominator == UNKNOWN, UNKNOWN, ratio)
