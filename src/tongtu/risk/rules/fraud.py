"""Fraud: rules with weights, summed by typology against two thresholds; one table, one file.

A typology's first line sends a case to a person, its second refuses it. Nothing is refused for a
link, a near name or a report that did not come: those lines do not exist in the shipped file, and
a name can never have one.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from tongtu.risk.rules.application import DECLINE, REVIEW, Verdict
from tongtu.risk.rules.signal import QUIET, Signals
from tongtu.tables.api import BadTable, Table

# Answers that are kept: most applications ask the very same question, that of a quiet one.
KEPT_MAX = 4_096
_WORDS = {"review_at", "decline_at", "zh", "en"}
# Typologies whose hits are for a person to judge, whatever a file says.
_NEVER_DECLINED = frozenset({"name", "bureau"})


class Bureau(IntEnum):
    """What the bureau last said of a person."""

    NOTHING = 0  # it was not asked, or did not answer in a form that can be read
    REPORT = 1
    NO_RECORD = 2  # it answered: it knows nobody like that


class FraudFacts(NamedTuple):
    """Everything the fraud rules may look at, as integers: stored with the decision."""

    signals: Signals = QUIET
    deny_hits: int = 0
    watch_hits: int = 0
    allow_hits: int = 0
    name_score: int = 0  # percent, of the nearest open name match
    bureau: int = Bureau.NOTHING
    bureau_age_days: int = 0
    bureau_overdue: int = 0
    bureau_inquiries: int = 0
    verified: int = 0  # how surely it is known who the person is; no rule of the table reads it


QUIET_FACTS = FraudFacts()


@dataclass(frozen=True, slots=True)
class Typology:
    """A way of cheating: how much weight sends a case to a person, how much refuses it."""

    name: str
    review_at: int
    decline_at: int | None


class FraudRules:
    """Judges fraud facts. Equal facts are judged once."""

    __slots__ = ("_judged", "_table", "_typologies", "hash")

    def __init__(self, table: Table, typologies: Mapping[str, Typology], source: bytes) -> None:
        self._table = table
        self._typologies = typologies
        self._judged: dict[tuple[FraudFacts, int], Verdict] = {}
        self.hash = hashlib.sha256(table.hash.encode() + source).hexdigest()

    def judge(self, facts: FraudFacts, bureau_days: int = 0) -> Verdict:
        """Return the harder answer of all typologies, its reasons, and every rule that fired.

        `bureau_days` is how old a bureau report may be; 0 where none is needed.
        """
        found = self._judged.get((facts, bureau_days))
        if found is None:
            if len(self._judged) >= KEPT_MAX:
                self._judged.clear()
            found = self._judged[facts, bureau_days] = self._judge(facts, bureau_days)
        return found

    def _judge(self, facts: FraudFacts, bureau_days: int) -> Verdict:
        rows = self._table.evaluate(asked(facts, bureau_days))
        weights: dict[str, int] = {}
        for row in rows:
            name = str(row["typology"])
            weights[name] = weights.get(name, 0) + int(row["weight"])
        answers = {name: _answer(self._typologies[name], sum_) for name, sum_ in weights.items()}
        severity = next((one for one in (DECLINE, REVIEW) if one in answers.values()), "pass")
        reasons = dict.fromkeys(
            str(row["reason"])
            for row in rows
            if answers[str(row["typology"])] == severity != "pass"
        )
        return Verdict(severity, tuple(reasons), tuple(str(row["rule"]) for row in rows))


def asked(facts: FraudFacts, bureau_days: int = 0) -> dict[str, object]:
    """Return what rules/fraud_rules.json asks for."""
    return {
        **facts.signals._asdict(),
        "deny_hits": facts.deny_hits,
        "watch_hits": facts.watch_hits,
        "allow_hits": facts.allow_hits,
        "name_score": facts.name_score,
        "bureau": _bureau_word(facts, bureau_days),
        "bureau_overdue": facts.bureau_overdue,
        "bureau_inquiries": facts.bureau_inquiries,
    }


def _bureau_word(facts: FraudFacts, bureau_days: int) -> str:
    if bureau_days == 0:
        return "not_needed"
    if facts.bureau not in (Bureau.REPORT, Bureau.NO_RECORD):
        return "missing"
    if not 0 <= facts.bureau_age_days <= bureau_days:
        return "stale"
    return "fresh" if facts.bureau == Bureau.REPORT else "no_record"


def read_fraud_rules(table: Table, source: bytes) -> FraudRules:
    """Return the rules of a table and its typologies.

    Raises:
        BadTable: a typology that cannot be read, that no file names, or that may not refuse.
    """
    try:
        content = tomllib.loads(source.decode())
        typologies = {name: _typology(name, words) for name, words in content.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise BadTable("the typologies cannot be read") from error
    rules = FraudRules(table, typologies, source)
    for word in table.outputs("typology"):
        if word and word not in typologies:
            raise BadTable(f"no typology is called {word}")
    return rules


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
