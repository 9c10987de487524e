"""Applications and decisions as staff look into them; the guard has asked who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tongtu.kernel.ids import DecisionId
from tongtu.origination.flow.versions import Versions
from tongtu.origination.model import Head, HeadsWanted
from tongtu.origination.rules.record import Record, decode
from tongtu.origination.store import application as applications
from tongtu.origination.store import heads
from tongtu.origination.store.version import find_hashes
from tongtu.runtime.api import Connection, Runtime

# Ids are positive int8: every id lies below this.
NEWEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Told:
    """A recorded decision: its record, the answer in the words of its time, and what made it."""

    decision: DecisionId
    version: int
    hashes: Mapping[str, str]  # of pack, model, rules and lenders' book
    record: Record
    answer: bytes


async def list_heads(
    connection: Connection, runtime: Runtime, wanted: HeadsWanted
) -> Sequence[Head]:
    """Return the newest applications of all cells, whosever they are."""
    return await heads.newest(connection, runtime.settings.cells, wanted)


async def find_told(
    connection: Connection, runtime: Runtime, versions: Versions, decision: DecisionId
) -> Told:
    """Return a decision as it is recorded; nothing is decided again.

    Raises:
        NotFound: no such decision.
        Broken: the record is damaged.
    """
    row = await applications.find_decision(connection, runtime.cell(decision), decision)
    reader = await versions.unpacker_of(connection, row.version)
    hashes = await find_hashes(connection, row.version)
    record = decode(reader.unpack(row.record)[0])
    return Told(decision, row.version, hashes, record, reader.answer(row.record))
