"""What outside sources amount to in a decision: needed or not, fresh or not, contradicted or not.

Pure and of stored facts alone: the same rows, consents and files give the same answer for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from tongtu.identity.api import consent_bit
from tongtu.risk.rules.application import Verdict
from tongtu.risk.rules.features import FACTS, OUTSIDE_FACTS, UNKNOWN
from tongtu.risk.rules.outside import LENDERS, SOURCES_MAX, OutsideSource
from tongtu.risk.rules.signal import DAY_S
from tongtu.risk.rules.typology import Typology, weigh
from tongtu.tables.api import BadTable, Table

# The reason of a case that waits for a person because a source said nothing that can be used.
MISSING = "outside_missing"
NOT_NEEDED, NO_CONSENT, ABSENT, STALE = "not_needed", "no_consent", "missing", "stale"
NO_RECORD, HALF, FRESH = "no_record", "half", "fresh"
_USABLE = (HALF, FRESH)
_WORD_OF_STATE = {"answered": FRESH, "half": HALF, "no_record": NO_RECORD}
_PERCENT_MAX = 10**9
_AMOUNT_MAX = 10**11
_INCOME, _SENIORITY = FACTS.index("income_minor"), FACTS.index("seniority_years")
_TAXED, _INSURED = "taxed_income_minor", "insured_base_minor"


class OutsideRow(NamedTuple):
    """What a source last said of a person, as a decision keeps it. A named tuple: ADR 0004."""

    source: str
    state: str
    age_days: int
    values: tuple[tuple[str, int], ...]  # our features, by name


class Looked(NamedTuple):
    """What the needed sources come to."""

    words: Mapping[str, str]  # of every source
    features: Mapping[str, int]  # what may be used
    is_missing: bool  # a source that must say something does not


_Row = tuple[str, str, int, dict[str, int]]
_decode = msgspec.json.Decoder(list[_Row]).decode


def read_rows(told: str | None, at_s: int) -> tuple[OutsideRow, ...]:
    """Return what the database shows of a person, with its age at an instant in seconds.

    An answer of a source whose clock runs ahead is of today; one of the future is never kept.
    """
    if told is None:
        return ()
    return tuple(
        OutsideRow(source, state, max(at_s - made_s, 0) // DAY_S, tuple(sorted(values.items())))
        for source, state, made_s, values in _decode(told)
    )


class OutsideBook:
    """Every source at one version, with the rules over their features; `hash` names all of it."""

    __slots__ = ("_by_product", "_least", "_names", "_table", "_typologies", "hash", "sources")

    def __init__(
        self,
        sources: Sequence[OutsideSource],
        table: Table,
        typologies: Mapping[str, Typology],
        content: bytes,
    ) -> None:
        """`content` is the bytes of all files that are no table. Raises BadTable."""
        self.sources = tuple(sources)
        self._table, self._typologies = table, typologies
        names = [one.name for source in sources for one in source.features]
        if len(sources) > SOURCES_MAX or len({one.id for one in sources}) < len(sources):
            raise BadTable(f"at most {SOURCES_MAX} outside sources, each once")
        if len(set(names)) < len(names):
            raise BadTable("a feature comes from one source")
        self._names = tuple(names)
        if unknown := set(table.inputs) - set(_facts(self._looked({}), (0,) * len(FACTS), names)):
            raise BadTable(f"no outside source gives {min(unknown)}")
        self._by_product: dict[str, tuple[OutsideSource, ...]] = {}
        for source in sources:
            for product in source.products:
                self._by_product[product] = (*self._by_product.get(product, ()), source)
        # Below it nothing is asked of anybody, which is most of what is asked.
        self._least = min((one.amount_min_minor for one in sources), default=_AMOUNT_MAX)
        self.hash = hashlib.sha256(table.hash.encode() + content).hexdigest()

    def needed(self, product: str, amount_minor: int) -> tuple[OutsideSource, ...]:
        """Return the sources that are asked for a product and an amount."""
        if amount_minor < self._least:
            return ()
        found = self._by_product.get(product, ())
        return tuple([one for one in found if amount_minor >= one.amount_min_minor])

    def look(
        self, asked: tuple[str, int], rows: Sequence[OutsideRow], consents: int
    ) -> Looked | None:
        """Return what the sources come to that (product, amount) needs; None: it needs none.

        `consents` is the person's mask now.

        What was asked with a consent that was withdrawn since is read no more.
        """
        needed = self.needed(*asked)
        if not needed:
            return None
        by_source = {row.source: row for row in rows}
        words: dict[str, str] = {}
        features: dict[str, int] = {}
        is_missing = False
        for source in needed:
            row = by_source.get(source.id)
            word = words[source.id] = _word(source, row, consents)
            if word in _USABLE and row is not None:
                own = {one.name for one in source.features}
                features.update((name, value) for name, value in row.values if name in own)
            is_missing |= word != FRESH and source.holds_up(asked[1])
        return self._looked(words)._replace(features=features, is_missing=is_missing)

    def judge(self, looked: Looked, row: tuple[int, ...]) -> Verdict:
        """Return what the rules say of a person's statements beside what sources know."""
        return weigh(self._table.evaluate(_facts(looked, row, self._names)), self._typologies)

    @property
    def shared(self) -> frozenset[str]:
        """The features that tables of lenders may read."""
        readable = [one for one in self.sources if one.recipient == LENDERS]
        return frozenset(feature.name for source in readable for feature in source.features)

    def _looked(self, words: Mapping[str, str]) -> Looked:
        return Looked({one.id: words.get(one.id, NOT_NEEDED) for one in self.sources}, {}, False)


def with_outside(row: tuple[int, ...], features: Mapping[str, int]) -> tuple[int, ...]:
    """Return a stated row with the features a score may read; what is not known is UNKNOWN."""
    return row[: len(FACTS)] + tuple([features.get(name, UNKNOWN) for name in OUTSIDE_FACTS])


def _word(source: OutsideSource, row: OutsideRow | None, consents: int) -> str:
    if not consents >> consent_bit(source.scope) & 1:
        return NO_CONSENT
    if row is None:
        return ABSENT
    if not 0 <= row.age_days <= source.max_age_days:
        return STALE
    return _WORD_OF_STATE.get(row.state, ABSENT)


def _facts(looked: Looked, row: tuple[int, ...], names: Sequence[str]) -> dict[str, object]:
    """Return what rules/outside_rules.json may ask for. An unknown is 0 and says so beside it."""
    income, facts = row[_INCOME], dict[str, object](looked.words)
    known = dict(looked.features) | ({} if income == UNKNOWN else {"income_minor": income})
    for name in (*names, "income_minor"):
        facts[f"has_{name}"], facts[name] = name in known, min(known.get(name, 0), _AMOUNT_MAX)
    facts["seniority_years"] = row[_SENIORITY]
    facts["stated_to_taxed_percent"] = _percent(known, _TAXED)
    facts["stated_to_insured_percent"] = _percent(known, _INSURED)
    return facts


def _percent(known: Mapping[str, int], name: str) -> int:
    """Return the stated income over a feature, rounded down; of nothing any income is too much."""
    if "income_minor" not in known or name not in known:
        return 0
    return min(known["income_minor"] * 100 // max(known[name], 1), _PERCENT_MAX)
