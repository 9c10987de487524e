"""Charter 5: a decision, run again from its record, gives the same bytes; a difference is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tongtu.evidence.api import commitment, find_commitment
from tongtu.kernel.errors import TongtuError
from tongtu.kernel.ids import DecisionId
from tongtu.kernel.money import AMOUNT_MINOR_MAX
from tongtu.origination.flow.lane import DecisionLane
from tongtu.origination.rules.answer import end_of, instant
from tongtu.origination.rules.difference import differences
from tongtu.origination.rules.engine import DecisionEngine
from tongtu.origination.rules.record import Record, decode, encode
from tongtu.origination.store import application as applications
from tongtu.origination.store.version import find_hashes
from tongtu.runtime.api import Runtime

LEAF = "record: not what the transparency log was given"
NO_LEAF = "record: the transparency log was given none"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision as it stands and as it comes out again. `changed` names what is not the same."""

    decision: DecisionId
    version: int
    hashes: Mapping[str, str]  # of pack, model, rules and lenders' book
    record: Record
    is_same: bool
    difference: str  # the part that differs first: leaf, record, answer, row, or a fault's code
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database holds of a decision."""

    row: applications.DecisionRow
    record: bytes
    answer: bytes
    committed: bytes | None


async def replay(runtime: Runtime, lane: DecisionLane, decision: DecisionId) -> Replayed:
    """Decide again from the record alone, with the files of its own version, and compare.

    A record whose inputs and result were both changed would replay: what the transparency log was
    given at the time tells that.

    Raises:
        NotFound: no such decision.
        NotReady: its version was registered without its files.
        Broken: the record is damaged, or the files kept are not those that decided.
    """
    cell = runtime.cell(decision)
    async with runtime.database.reading() as connection:
        row = await applications.find_decision(connection, cell, decision)
        unpacker = await lane.versions.unpacker_of(connection, row.version)
        engine = await lane.versions.engine_of(connection, row.version)
        hashes = await find_hashes(connection, row.version)
        committed = await find_commitment(connection, "decision", decision)
    record, _ = unpacker.unpack(row.record)
    stored = _Stored(row, record, unpacker.answer(row.record), committed)
    found = decode(record)
    changed = _compare(runtime, engine, found, stored)
    difference = next(iter(changed), "")
    lines = tuple(line for told in changed.values() for line in told)
    return Replayed(decision, row.version, hashes, found, not changed, difference, lines)


def _compare(
    runtime: Runtime, engine: DecisionEngine, record: Record, stored: _Stored
) -> dict[str, list[str]]:
    """Return lines by the part that differs; empty when everything is the same."""
    changed: dict[str, list[str]] = {}
    # Quotas as the decision met them: used up where it says so, ample elsewhere.
    remaining = {program.id: AMOUNT_MINOR_MAX for program in engine.book.programs()}
    remaining.update(dict.fromkeys(record.decided.exhausted, 0))
    (result,) = engine.decide([record.case], remaining, record.business_date)
    if isinstance(result, TongtuError):
        changed[result.code] = [f"decided again: {result.detail}"]
    else:
        again = record._replace(decided=result)
        if lines := differences(stored.record, encode(again)):
            changed["record"] = lines
        step = msgspec.json.decode(stored.answer, type=dict[str, Any])["step"]
        expires_at = instant(end_of(record.business_date, runtime.settings.zone))
        (telling,) = engine.tellings([again], [step], expires_at)
        if engine.answers.write(again, telling) != stored.answer:
            changed["answer"] = ["answer: not the words this decision was told in"]
        row = stored.row
        if row.outcome is not result.outcome or row.application != record.case.request.application:
            changed["row"] = ["row: another outcome or application than the record's"]
    if stored.committed is None:
        changed["leaf"] = [NO_LEAF]
    elif stored.committed != commitment(stored.row.salt, stored.record):
        changed["leaf"] = [LEAF]
    return changed
