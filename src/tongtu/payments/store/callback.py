"""What the bank sent by itself, as it came; worked through later, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection

_ADD = """
INSERT INTO payments.callback (cell, event, body, state, next_at, received_at)
VALUES ($1, $2, $3, 'stored', $4, $4) ON CONFLICT DO NOTHING RETURNING event
"""
_BODY = "SELECT body FROM payments.callback WHERE cell = $1 AND event = $2"
# Reads all cells: one worker serves one database.
_DUE = """
SELECT cell, event, body, attempts FROM payments.callback
WHERE state = 'stored' AND next_at <= $1
ORDER BY next_at, event LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_END = """
UPDATE payments.callback SET state = $3, note = $4, done_at = $5 WHERE cell = $1 AND event = $2
"""
_PUT_OFF = """
UPDATE payments.callback SET attempts = attempts + $6, next_at = $3, note = $4,
    state = CASE WHEN attempts + $6 >= $5 THEN 'parked' ELSE state END
WHERE cell = $1 AND event = $2 AND state = 'stored' RETURNING state
"""
# Reads all cells: an operator looks at the whole house.
_PARKED = """
SELECT cell, event, attempts, note, received_at FROM payments.callback
WHERE state = 'parked' ORDER BY received_at, event LIMIT $1
"""
_TAKE_UP = """
UPDATE payments.callback SET state = 'stored', attempts = 0, next_at = $3
WHERE cell = $1 AND event = $2 AND state = 'parked'
"""
PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class Callback:
    """A stored message of the bank."""

    cell: int
    event: str
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that is not tried any more: how often it was, and how the last try failed."""

    cell: int
    event: str
    attempts: int
    note: str | None
    received_at: datetime


async def add(connection: Connection, callback: Callback, at: datetime) -> bool:
    """Store a callback; False when the event is stored already."""
    found = await connection.fetchval(_ADD, callback.cell, callback.event, callback.body, at)
    return found is not None


async def body_of(connection: Connection, cell: int, event: str) -> bytes | None:
    """Return the bytes stored under an event, if it came before."""
    found: bytes | None = await connection.fetchval(_BODY, cell, event)
    return found


async def take(connection: Connection, at: datetime) -> Callback | None:
    """Return the callback that waits longest, locked until the transaction ends."""
    row = await connection.fetchrow(_DUE, at)
    return None if row is None else Callback(**dict(row))


async def end(
    connection: Connection, callback: Callback, state: str, note: str | None, at: datetime
) -> None:
    """Note what became of a callback: `done` or `refused`."""
    await connection.execute(_END, callback.cell, callback.event, state, note, at)


async def put_off(
    connection: Connection, callback: Callback, next_at: datetime, failure: tuple[str, int, int]
) -> str | None:
    """Let a callback that failed wait.

    `failure` is how, after how many it is parked, and how many failures of its own this is (0, 1).
    Returns its state, or None when it came to an end meanwhile.
    """
    state: str | None = await connection.fetchval(
        _PUT_OFF, callback.cell, callback.event, next_at, *failure
    )
    return state


async def list_parked(connection: Connection, limit: int) -> list[Parked]:
    """Return what is parked, the longest waiting first."""
    rows = await connection.fetch(_PARKED, max(1, min(limit, PAGE_MAX)))
    return [Parked(**dict(row)) for row in rows]


async def take_up(connection: Connection, cell: int, event: str, at: datetime) -> bool:
    """Let a parked callback be tried anew; False when none of this name is parked."""
    done = await connection.execute(_TAKE_UP, cell, event, at)
    return bool(done == "UPDATE 1")
