"""What another pack would have made of decisions that stand: who is answered otherwise, and why.

Each stored decision is made again from its own facts, on its own day, with the rules, prices and
score it was made with; only the pack is the other one. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tongtu.kernel.errors import NotReady, TongtuError
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId
from tongtu.kernel.money import AMOUNT_MINOR_MAX
from tongtu.origination.flow.assembly import restore_engine
from tongtu.origination.model import Decided
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Record, Unpacker, decode
from tongtu.origination.store import application as applications
from tongtu.origination.store import version
from tongtu.runtime.api import Runtime

# A month of a busy platform is more; a sample of the newest says as much.
DECISIONS_MAX = 100_000
# Applications that are named; beyond, they are counted.
CHANGED_MAX = 1_000
_OFFER = "offer.build"
_NEWEST = DecisionId((1 << 63) - 1)


@dataclass(frozen=True, slots=True)
class Changed:
    """One application that would be answered otherwise, and the rules that newly say so."""

    application: ApplicationId
    before: str
    after: str
    lost: tuple[LenderId, ...]
    rules: tuple[str, ...]


@dataclass(slots=True)
class Impact:
    """Counts over the decisions that were made again."""

    decisions: int = 0
    same: int = 0
    not_made_again: int = 0  # their version kept no files, or a fact no rule could read
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (before, after)
    offers_before: Counter[LenderId] = field(default_factory=Counter)
    lost: Counter[LenderId] = field(default_factory=Counter)
    gained: Counter[LenderId] = field(default_factory=Counter)
    why_lost: Counter[tuple[LenderId, str]] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)  # decisions a rule newly stands against
    changed: list[Changed] = field(default_factory=list)  # the first of them, newest first
    lenders: dict[LenderId, str] = field(default_factory=dict)


async def impact(runtime: Runtime, pack: Path, limit: int = DECISIONS_MAX) -> Impact:
    """Make the newest decisions again under the pack in a folder.

    Raises BadPack: the pack may not be used.
    """
    found, engines = Impact(), _Engines(runtime, pack)
    left = min(limit, DECISIONS_MAX)
    for cell in range(runtime.settings.cells):
        async for row in _decisions(runtime, cell, left):
            left -= 1
            try:
                engine, unpacker = await engines.of(row.version)
            except NotReady:
                found.not_made_again += 1
                continue
            record = decode(unpacker.unpack(row.record)[0])
            _compare(found, engine, row.application, record)
    return found


async def _decisions(
    runtime: Runtime, cell: int, limit: int
) -> AsyncIterator[applications.DecisionRow]:
    before = _NEWEST
    while limit > 0:
        async with runtime.database.reading() as connection:
            page = await applications.latest_decisions(connection, cell, (0, before), limit)
        if not page:
            return
        for _, row in page:
            yield row
        limit -= len(page)
        before = page[-1][0]


class _Engines:
    """Engines of the versions met, each with the other pack in its place."""

    def __init__(self, runtime: Runtime, pack: Path) -> None:
        self._runtime = runtime
        self._pack = pack
        self._made: dict[int, tuple[DecisionEngine, Unpacker]] = {}

    async def of(self, number: int) -> tuple[DecisionEngine, Unpacker]:
        """Return what makes a version's decisions again. Raises NotReady."""
        if number not in self._made:
            async with self._runtime.database.reading() as connection:
                sources = await version.find_sources(connection, number)
                dictionary = await version.find_dictionary(connection, number)
            if not sources:
                raise NotReady("the files of this version were not kept")
            engine = restore_engine(sources, self._runtime.public, self._pack)
            self._made[number] = engine, Unpacker(dictionary)
        return self._made[number]


def _compare(
    found: Impact, engine: DecisionEngine, application: ApplicationId, record: Record
) -> None:
    remaining = {program.id: AMOUNT_MINOR_MAX for program in engine.book.programs()}
    remaining.update(dict.fromkeys(record.decided.exhausted, 0))
    (again,) = engine.decide([record.case], remaining, record.business_date)
    if isinstance(again, TongtuError):
        found.not_made_again += 1
        return
    found.lenders.update({one.number: one.id for one in engine.book.lenders})
    before = {offer.lender for offer in record.decided.offers}
    after = {offer.lender for offer in again.offers}
    found.decisions += 1
    is_same = before == after and again.outcome is record.decided.outcome
    found.same += is_same
    found.outcomes[record.decided.outcome.value, again.outcome.value] += 1
    found.offers_before.update(before)
    found.lost.update(before - after)
    found.gained.update(after - before)
    said: Mapping[LenderId, str] = {one.lender: one.reason for one in again.not_offered}
    whole = again.reasons[0] if again.reasons else ""
    found.why_lost.update((lender, said.get(lender, whole)) for lender in before - after)
    if not is_same:
        whys = {said.get(lender, "") for lender in before - after} - {""}
        rules = sorted(_new_rules(engine, record, again) | _rules_of(engine, record, whys))
        found.by_rule.update(rules)
        if len(found.changed) < CHANGED_MAX:
            outcomes = record.decided.outcome.value, again.outcome.value
            lost = tuple(sorted(before - after))
            found.changed.append(Changed(application, *outcomes, lost, tuple(rules)))


def _new_rules(engine: DecisionEngine, record: Record, again: Decided) -> set[str]:
    """Return the rules of the pack that stand against the whole case now and did not."""
    known = {rule.id for rule in engine.pack.content.rules}
    then = {rule for rule, _, _ in record.decided.findings}
    return {rule for rule, _, _ in again.findings if rule in known} - then


def _rules_of(engine: DecisionEngine, record: Record, codes: Collection[str]) -> set[str]:
    """Return the rules in force on the day that refuse an offer with one of these codes."""
    rules = engine.pack.rules(_OFFER, record.business_date)
    return {rule.id for rule in rules if rule.reason in codes}
