"""The SQL of finality: checkpoints that enough witnesses co-signed, and how each witness stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tongtu.evidence.model import Checkpoint
from tongtu.runtime.api import Connection

_KEEP = """
INSERT INTO evidence.final AS f (size, root, at, note, witnesses) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (size) DO UPDATE SET note = excluded.note, witnesses = excluded.witnesses
WHERE cardinality(f.witnesses) < cardinality(excluded.witnesses)
"""
_LATEST = "SELECT size, root, at, note, witnesses FROM evidence.final ORDER BY size DESC LIMIT 1"
_STAND = """
INSERT INTO evidence.witness AS w (key, state, size, at, reason)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[])
ON CONFLICT (key) DO UPDATE SET state = excluded.state, at = excluded.at,
    reason = excluded.reason, size = greatest(w.size, excluded.size)
WHERE (w.state, w.reason, w.size) IS DISTINCT FROM (excluded.state, excluded.reason, excluded.size)
"""
_WITNESSES = "SELECT key, state, size, at, reason FROM evidence.witness ORDER BY key"


class Stand(StrEnum):
    """How a witness stands to the log."""

    CO_SIGNS = "co_signs"
    SILENT = "silent"  # it does not answer
    AHEAD = "ahead"  # it signed a larger log than this one: the tail is missing here
    REFUSES = "refuses"
    SAYS_FORK = "says_fork"  # it holds the proof that this log told two histories


@dataclass(frozen=True, slots=True)
class WitnessStand:
    """How a witness stood when it was last asked, and the largest size it co-signed."""

    key: str
    state: Stand
    size: int
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Final:
    """A checkpoint whose note carries the lines of `witnesses` (their verifier keys)."""

    size: int
    root: bytes
    at: datetime
    note: str
    witnesses: tuple[str, ...]


async def keep_final(
    connection: Connection, point: Checkpoint, note: str, witnesses: Sequence[str], at: datetime
) -> None:
    """Keep a final checkpoint; the same one with more lines takes the place of fewer."""
    await connection.execute(_KEEP, point.size, point.root, at, note, list(witnesses))


async def latest_final(connection: Connection) -> Final | None:
    """Return the newest final checkpoint; None before there is one."""
    row = await connection.fetchrow(_LATEST)
    if row is None:
        return None
    return Final(row["size"], row["root"], row["at"], row["note"], tuple(row["witnesses"]))


async def keep_stands(connection: Connection, stands: Sequence[WitnessStand]) -> None:
    """Keep how the witnesses stand; one that stands as before costs no write."""
    await connection.execute(
        _STAND,
        [one.key for one in stands],
        [one.state.value for one in stands],
        [one.size for one in stands],
        [one.at for one in stands],
        [one.reason for one in stands],
    )


async def witness_stands(connection: Connection) -> list[WitnessStand]:
    """Return how every witness stood when it was last asked."""
    rows = await connection.fetch(_WITNESSES)
    return [
        WitnessStand(row["key"], Stand(row["state"]), row["size"], row["at"], row["reason"])
        for row in rows
    ]
