"""Outside sources as data: one file each says what is asked, of whom, at what cost, and its fields.

A source's answer becomes whole numbers under our names. What an answer lacks is absent, never zero;
what cannot be is refused whole. Nobody is declined for a source that is silent.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from tongtu.identity.api import Scope
from tongtu.kernel.errors import BadInput
from tongtu.tables.api import BadTable

ANSWER_BYTES_MAX = 64 * 1024
FILE_BYTES_MAX = 64 * 1024
SOURCES_MAX = 12
FEATURES_MAX = 16
AGE_DAYS_MAX = 365
COST_MINOR_MAX = 100_000
_DIGITS_MAX = 15
_FEN = 100
# Who may bear the cost: the borrower is no word here.
PAYERS = ("platform", "lender")
# Who may read the answer: the platform alone, or those lenders' tables too that the person shares
# with.
PLATFORM, LENDERS = "platform", "lenders"
RECIPIENTS = (PLATFORM, LENDERS)
_WORDS = {
    "id", "zh", "en", "scope", "recipient", "route", "data", "max_age_days", "ask_again_days",
    "cost_minor", "charged_to", "budget_day_minor", "if_missing",
    "go_on_below_minor", "asked", "feature",
}  # fmt: skip
_FEATURE_WORDS = {"name", "field", "kind", "divide", "max", "required"}


class BadAnswer(BadInput):
    """An answer that is cut, of another person or query, or says what cannot be."""

    default_code = "bad_answer"


class Missing(StrEnum):
    """What becomes of a case whose source said nothing that can be used. There is no decline."""

    REVIEW = "review"
    GO_ON = "go_on"


class Kind(StrEnum):
    """What a field of a source holds, and what is made of it."""

    YUAN = "yuan"
    COUNT = "count"
    DAYS_SINCE = "days_since"
    FLAG = "flag"


class Said(StrEnum):
    """What became of a query."""

    ANSWERED = "answered"
    HALF = "half"  # a required feature lacks; what came is kept
    NO_RECORD = "no_record"
    NO_ANSWER = "no_answer"
    MALFORMED = "malformed"
    OVER_BUDGET = "over_budget"  # nothing left; the day's money is spent


# What decisions may read.
STANDING = (Said.ANSWERED, Said.HALF, Said.NO_RECORD)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A feature of ours and where it stands in the source's answer."""

    name: str
    field: tuple[str, ...]  # the way to it through the answer's objects
    kind: Kind
    divide: int
    most: int
    is_required: bool


@dataclass(frozen=True, slots=True)
class OutsideSource:
    """A source: its consent, route, freshness, cost, and what its silence means."""

    id: str
    names: Mapping[str, str]
    scope: Scope
    recipient: str
    route: str
    data: tuple[str, ...]
    max_age_days: int
    ask_again_days: int
    cost_minor: int
    charged_to: str
    budget_day_minor: int
    if_missing: Missing
    go_on_below_minor: int  # below it a source that is silent holds nobody up
    products: tuple[str, ...]
    amount_min_minor: int
    features: tuple[Mapped, ...]

    def holds_up(self, amount_minor: int) -> bool:
        """Return whether a case of this amount waits for a person where the source is silent."""
        return self.if_missing is Missing.REVIEW and amount_minor >= self.go_on_below_minor


class Heard(NamedTuple):
    """What a source said: `values` are our features by name."""

    state: Said
    made_at: datetime | None
    values: Mapping[str, int]


def read_source(content: bytes) -> OutsideSource:
    """Return the source of a file. Raises BadTable naming what is wrong."""
    try:
        return _source(tomllib.loads(content[: FILE_BYTES_MAX + 1].decode()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadTable(f"an outside source cannot be read: {error}") from error


def read_answer(source: OutsideSource, answer: bytes, of: tuple[int, str]) -> Heard:
    """Return what an answer to exactly this (query, subject) says. Raises BadAnswer.

    The envelope is the line's own: query, subject, as_of, found, data; `data` is the source's.
    """
    told = _read(answer)
    query, subject = of
    if (told.get("query"), told.get("subject")) != (str(query), subject):
        raise BadAnswer("an answer is of another query or person")
    made_at = _instant(told.get("as_of"))
    found, data = told.get("found"), told.get("data")
    if found is False:
        return Heard(Said.NO_RECORD, made_at, {})
    if found is not True or not isinstance(data, dict):
        raise BadAnswer("an answer does not say whether it knows the person")
    values = {}
    for one in source.features:
        value = _value(one, data, made_at.date())
        if value is not None:
            values[one.name] = value
    lacks = any(one.is_required and one.name not in values for one in source.features)
    return Heard(Said.HALF if lacks else Said.ANSWERED, made_at, values)


def _source(words: Mapping[str, Any]) -> OutsideSource:
    if unknown := set(words) - _WORDS:
        raise ValueError(f"nobody knows the word {min(unknown)}")
    asked = words["asked"]
    source = OutsideSource(
        id=_word(words["id"]),
        names={"zh": str(words["zh"]), "en": str(words["en"])},
        scope=Scope(words["scope"]),
        recipient=_word(words["recipient"]),
        route=_word(words["route"]),
        data=tuple(_word(one) for one in words["data"]),
        max_age_days=_within(words["max_age_days"], 1, AGE_DAYS_MAX),
        ask_again_days=_within(words["ask_again_days"], 1, AGE_DAYS_MAX),
        cost_minor=_within(words["cost_minor"], 0, COST_MINOR_MAX),
        charged_to=_word(words["charged_to"]),
        budget_day_minor=_within(words["budget_day_minor"], 0, 10**12),
        if_missing=Missing(words["if_missing"]),
        go_on_below_minor=_within(words.get("go_on_below_minor", 0), 0, 10**12),
        products=tuple(_word(one) for one in asked["products"]),
        amount_min_minor=_within(asked["amount_min_minor"], 0, 10**12),
        features=tuple(_mapped(one) for one in words["feature"]),
    )
    if source.charged_to not in PAYERS:
        raise ValueError(f"a query is charged to one of {', '.join(PAYERS)}")
    if source.recipient not in RECIPIENTS:
        raise ValueError(f"an answer is read by one of {', '.join(RECIPIENTS)}")
    if source.ask_again_days > source.max_age_days:
        raise ValueError("a source is asked again before its answer is too old")
    names = [one.name for one in source.features]
    if not 1 <= len(names) <= FEATURES_MAX or len(set(names)) != len(names):
        raise ValueError(f"a source has 1 to {FEATURES_MAX} features, each once")
    return source


def _mapped(words: Mapping[str, Any]) -> Mapped:
    if set(words) - _FEATURE_WORDS:
        raise ValueError(f"nobody knows the word {min(set(words) - _FEATURE_WORDS)} of a feature")
    kind, divide = Kind(words["kind"]), _within(words.get("divide", 1), 1, 1_000)
    if divide > 1 and kind is not Kind.YUAN:
        raise ValueError("amounts alone are divided")
    if type(words["required"]) is not bool:
        raise ValueError("required is true or false")
    return Mapped(
        name=_word(words["name"]),
        field=tuple(words["field"].split(".")),
        kind=kind,
        divide=divide,
        most=1 if kind is Kind.FLAG else _within(words["max"], 1, 10**12),
        is_required=words["required"],
    )


def _word(value: object) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise ValueError(f"a name is written like a variable, not {value!r}")
    return value


def _within(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"a whole number of {least} to {most} is wanted, not {value!r}")
    return value


def _read(answer: bytes) -> dict[str, Any]:
    if len(answer) > ANSWER_BYTES_MAX:
        raise BadAnswer("an answer is too large")
    try:
        told = json.loads(answer, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadAnswer("an answer cannot be read") from None
    if not isinstance(told, dict):
        raise BadAnswer("an answer is an object")
    return told


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _instant(value: object) -> datetime:
    try:
        made_at = datetime.fromisoformat(str(value))
        if made_at.tzinfo is None:
            raise BadAnswer("an answer's instant has no zone")
        return made_at.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last days lie elsewhere out of range
        raise BadAnswer("an answer does not say when it was made") from None


def _value(one: Mapped, data: Mapping[str, Any], day: date) -> int | None:
    """Return a feature of the answer; None where the answer has none. Raises BadAnswer."""
    found: Any = data
    for part in one.field:
        if not isinstance(found, dict):
            raise BadAnswer(f"{one.name} is no value of its kind")
        found = found.get(part)
        if found is None:
            return None
    value = _READERS[one.kind](found, day)
    if value is None or not 0 <= value // one.divide <= one.most:
        raise BadAnswer(f"{one.name} says what cannot be")
    return value // one.divide


def _yuan(value: object, _: date) -> int | None:
    """Return fen of yuan told as a whole number or a decimal; no more than two decimal places."""
    if type(value) is int:
        return value * _FEN
    if not isinstance(value, str | Decimal) or len(str(value)) > _DIGITS_MAX:
        return None
    try:
        fen = Decimal(value) * _FEN
    except ArithmeticError:
        return None
    is_whole = fen.is_finite() and fen.adjusted() < _DIGITS_MAX and fen == fen.to_integral_value()
    return int(fen) if is_whole else None


def _count(value: object, _: date) -> int | None:
    return value if type(value) is int else None


def _days_since(value: object, day: date) -> int | None:
    try:
        return (day - date.fromisoformat(str(value))).days
    except ValueError:
        return None


def _flag(value: object, _: date) -> int | None:
    return int(value) if type(value) is bool else None


_READERS = {
    Kind.YUAN: _yuan,
    Kind.COUNT: _count,
    Kind.DAYS_SINCE: _days_since,
    Kind.FLAG: _flag,
}
