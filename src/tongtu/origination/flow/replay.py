"""Charter 5: any decision, run again from its record, gives the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from tongtu.kernel.errors import TongtuError
from tongtu.kernel.ids import DecisionId
from tongtu.kernel.money import AMOUNT_MINOR_MAX
from tongtu.origination.flow.lane import DecisionLane
from tongtu.origination.rules.answer import end_of, instant
from tongtu.origination.rules.record import Record, decode, encode
from tongtu.origination.store import application as applications
from tongtu.runtime.api import Runtime


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision as it stands and as it comes out again."""

    decision: DecisionId
    version: int
    record: Record
    is_same: bool
    difference: str


async def replay(runtime: Runtime, lane: DecisionLane, decision: DecisionId) -> Replayed:
    """Decide again from the record alone, with the files of its own version, and compare.

    Raises:
        NotFound: no such decision.
        NotReady: its version was registered without its files.
        Broken: the record is damaged.
    """
    cell = runtime.cell(decision)
    async with runtime.database.reading() as connection:
        row = await applications.find_decision(connection, cell, decision)
        unpacker = await lane.versions.unpacker_of(connection, row.version)
        engine = await lane.versions.engine_of(connection, row.version)
    stored, answer = unpacker.unpack(row.record)
    record = decode(stored)
    # Quotas as the decision met them: used up where it says so, ample elsewhere.
    remaining = {program.id: AMOUNT_MINOR_MAX for program in engine.book.programs()}
    remaining.update(dict.fromkeys(record.decided.exhausted, 0))
    (result,) = engine.decide([record.case], remaining, record.business_date)
    if isinstance(result, TongtuError):
        return Replayed(decision, row.version, record, is_same=False, difference=result.code)
    again = Record(
        record.case, record.business_date, record.decided_at, record.decided_in_us, result
    )
    step = msgspec.json.decode(answer, type=dict[str, Any])["step"]
    expires_at = instant(end_of(record.business_date, runtime.settings.zone))
    difference = ""
    if encode(again) != stored:
        difference = "record"
    elif engine.answers.write(again, step, expires_at) != answer:
        difference = "answer"
    elif row.outcome is not result.outcome or row.application != record.case.request.application:
        difference = "row"
    return Replayed(decision, row.version, record, not difference, difference)
