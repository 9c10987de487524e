"""Fraud: what is looked at, and the rules with weights that judge it; one table, one file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from tongtu.risk.rules.application import Verdict
from tongtu.risk.rules.signal import QUIET, Signals
from tongtu.risk.rules.typology import Typology, read_typologies, weigh
from tongtu.tables.api import Table

# Answers that are kept: most applications ask the very same question, that of a quiet one.
KEPT_MAX = 4_096


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
        return weigh(self._table.evaluate(asked(facts, bureau_days)), self._typologies)


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
    return FraudRules(table, read_typologies(table, source), source)
