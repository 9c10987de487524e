"""Rules with weights, summed by typology against two thresholds.

A typology's first line sends a case to a person, its second refuses it. Nothing is refused for a
link, a near name, a report that did not come or an income that was stated otherwise: those lines do
not exist in the shipped file, and some can never have one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongtu.risk.rules.application import DECLINE, REVIEW, Verdict
from tongtu.tables.api import BadTable, Table

_WORDS = {"review_at", "decline_at", "zh", "en"}
# Typologies whose hits are for a person to judge, whatever a file says.
_NEVER_DECLINED = frozenset({"name", "bureau", "income", "employment"})


@dataclass(frozen=True, slots=True)
class Typology:
    """A way of cheating: how much weight sends a case to a person, how much refuses it."""

    name: str
    review_at: int
    decline_at: int | None


def weigh(rows: Sequence[Mapping[str, Any]], typologies: Mapping[str, Typology]) -> Verdict:
    """Return the harder answer of all typologies, its reasons, and every rule that fired."""
    weights: dict[str, int] = {}
    for row in rows:
        name = str(row["typology"])
        weights[name] = weights.get(name, 0) + int(row["weight"])
    answers = {name: _answer(typologies[name], sum_) for name, sum_ in weights.items()}
    severity = next((one for one in (DECLINE, REVIEW) if one in answers.values()), "pass")
    reasons = dict.fromkeys(
        str(row["reason"]) for row in rows if answers[str(row["typology"])] == severity != "pass"
    )
    return Verdict(severity, tuple(reasons), tuple(str(row["rule"]) for row in rows))


def read_typologies(table: Table, source: bytes) -> dict[str, Typology]:
    """Return the typologies of a file that a table's rules add up to.

    Raises:
        BadTable: a typology that cannot be read, that no file names, or that may not refuse.
    """
    try:
        content = tomllib.loads(source.decode())
        typologies = {name: _typology(name, words) for name, words in content.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise BadTable("the typologies cannot be read") from error
    for word in table.outputs("typology"):
        if word and word not in typologies:
            raise BadTable(f"no typology is called {word}")
    return typologies


def _typology(name: str, words: Mapping[str, Any]) -> Typology:
    if set(words) - _WORDS:
        raise BadTable(f"typology {name} has a word nobody knows")
    review_at, decline_at = words["review_at"], words.get("decline_at")
    if type(review_at) is not int or review_at < 1:
        raise BadTable(f"typology {name}: review_at is a weight of at least 1")
    if decline_at is not None and (type(decline_at) is not int or decline_at < review_at):
        raise BadTable(f"typology {name}: decline_at is a weight not below review_at")
    if decline_at is not None and name in _NEVER_DECLINED:
        raise BadTable(f"typology {name} goes to a person, it never refuses")
    return Typology(name, review_at, decline_at)


def _answer(typology: Typology, weight: int) -> str:
    if typology.decline_at is not None and weight >= typology.decline_at:
        return DECLINE
    return REVIEW if weight >= typology.review_at else "pass"
