"""Rows of signals: what applications came with, a row a batch. Callers own the transaction."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg

from tongtu.kernel.errors import Broken
from tongtu.risk.rules.signal import KINDS, Keys
from tongtu.runtime.api import Connection

_END = datetime(9000, 1, 1, tzinfo=UTC)  # later than any batch
_WIDTH = 3 + len(KINDS)
# A page of batches at a start; each holds up to a few hundred applications.
BATCHES_PAGE = 500
_PAGE = """
select id, at, rows from risk.signal_batch
 where cell = $1 and (at, id) > ($2, $3) order by at, id limit $4
"""
_OF_OTHERS = """
select id, at, rows from risk.signal_batch
 where cell = $1 and at > $2 and writer <> $3 and id <> all($4::int8[]) order by at, id limit $5
"""
_NEWEST = """
select id, at, rows from risk.signal_batch
 where cell = $1 and at > $2 and (at, id) < ($3, $4) order by at desc, id desc limit $5
"""
_PRUNE = "delete from risk.signal_batch where cell = $1 and at <= $2"


class Signalled(NamedTuple):
    """One application with its keys."""

    application: int
    party: int
    at_s: int
    keys: Keys


class SignalBatch(NamedTuple):
    """What one commit brought."""

    id: int
    at: datetime
    rows: list[Signalled]


def pack_signals(rows: Iterable[Signalled]) -> bytes:
    """Return the rows as `risk.append_signals` takes them."""
    numbers = array("q")
    for application, party, at_s, keys in rows:
        numbers.extend((application, party, at_s, *keys))
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers.tobytes()


def unpack_signals(packed: bytes) -> Iterator[Signalled]:
    """Yield the rows of a packed batch. Raises Broken when it is cut."""
    if not packed or len(packed) % (_WIDTH * 8):
        raise Broken("a batch of signals is damaged")
    numbers = array("q", packed)
    if sys.byteorder != "little":
        numbers.byteswap()
    for start in range(0, len(numbers), _WIDTH):
        application, party, at_s, *keys = numbers[start : start + _WIDTH]
        yield Signalled(application, party, at_s, (*keys,))  # type: ignore[arg-type]  # six of them


async def page(
    connection: Connection, cell: int, after: tuple[datetime, int]
) -> Sequence[SignalBatch]:
    """Return the next batches in the order of their commits' instants."""
    at, number = after
    return _batches(await connection.fetch(_PAGE, cell, at, number, BATCHES_PAGE))


async def of_others(
    connection: Connection, cell: int, writer: int, since: datetime, known: Sequence[int]
) -> Sequence[SignalBatch]:
    """Return batches that other processes wrote since then, but those known already."""
    rows = await connection.fetch(_OF_OTHERS, cell, since, writer, list(known), BATCHES_PAGE)
    return _batches(rows)


async def newest(connection: Connection, cell: int, since: datetime, most: int) -> list[Signalled]:
    """Return the newest applications since then, newest batch first; a batch is never cut."""
    found: list[Signalled] = []
    before = _END, 0
    while len(found) < most:
        batches = _batches(await connection.fetch(_NEWEST, cell, since, *before, BATCHES_PAGE))
        found += [row for batch in batches for row in batch.rows]
        if len(batches) < BATCHES_PAGE:
            break
        before = batches[-1].at, batches[-1].id
    return found


async def prune(connection: Connection, cell: int, until: datetime) -> None:
    """Delete the batches up to an instant: what they said is too old to count."""
    await connection.execute(_PRUNE, cell, until)


def _batches(rows: Sequence[asyncpg.Record]) -> list[SignalBatch]:
    return [SignalBatch(row["id"], row["at"], list(unpack_signals(row["rows"]))) for row in rows]
