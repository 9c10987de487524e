"""The SQL of the log. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from tongtu.evidence.model import Checkpoint, Entry
from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Connection
from tongtu.witness.api import (
    Frontier,
    Node,
    Range,
    complete_root,
    fold,
    leaf_hash,
    parts_of,
)

# Subtrees below 256 leaves are recomputed, so the stored nodes are under 1 % of the leaves.
STORED_LEVEL = 8
_HASH_BYTES = 32  # of a commitment; the table holds it to that

_APPEND = "SELECT evidence.append_batch($1, $2, $3, $4, $5, $6)"
# One value for all commitments: the driver looks at each row of many for longer than they are made.
_SEQUENCE = """
SELECT min(leaf_position), max(leaf_position),
    string_agg(leaf_commitment, ''::bytea ORDER BY leaf_position)
FROM evidence.sequence($1)
"""
_COMMITTED = """
SELECT e.hash FROM evidence.cursor c
JOIN evidence.batch b ON (b.xid, b.cell, b.id) > (c.xid, c.cell, c.id)
CROSS JOIN LATERAL unnest(b.kinds, b.subjects, b.hashes) AS e (kind, subject, hash)
WHERE e.subject = $1 AND e.kind = $2 ORDER BY b.xid DESC, b.cell DESC, b.id DESC LIMIT 1
"""
_ADD_NODES = """
INSERT INTO evidence.node (level, place, hash)
SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
"""
_ADD_CHECKPOINT = "INSERT INTO evidence.checkpoint (size, root, at, note) VALUES ($1, $2, $3, $4)"
_LATEST = "SELECT size, root, at, note FROM evidence.checkpoint ORDER BY size DESC LIMIT 1"
_CHECKPOINTS = """
SELECT size, root, at, note FROM evidence.checkpoint WHERE size > $1 AND size <= $2 ORDER BY size
"""
_SIZE = "SELECT size FROM evidence.cursor"
# After a restore from a dump the transaction ids begin anew: the cursor would skip new batches.
_IS_AHEAD = "SELECT xid > pg_snapshot_xmax(pg_current_snapshot()) FROM evidence.cursor"
_FIND = """
SELECT position, commitment FROM evidence.leaf
WHERE subject = $1 AND kind = $2 AND ($3::bytea IS NULL OR commitment = $3)
ORDER BY position DESC LIMIT 1
"""
_IS_WAITING = """
SELECT EXISTS (
    SELECT FROM evidence.cursor c
    JOIN evidence.batch b ON (b.xid, b.cell, b.id) > (c.xid, c.cell, c.id)
    CROSS JOIN LATERAL unnest(b.kinds, b.subjects) AS e (kind, subject)
    WHERE e.subject = $1 AND e.kind = $2
)
"""
_NODES = """
SELECT n.level, n.place, n.hash FROM unnest($1::smallint[], $2::bigint[]) AS a (level, place)
JOIN evidence.node n ON n.level = a.level AND n.place = a.place
"""
_LEAVES = """
SELECT l.position, l.commitment FROM unnest($1::bigint[], $2::bigint[]) AS r (first, past)
JOIN evidence.leaf l ON l.position >= r.first AND l.position < r.past
"""
_PAGE = "SELECT position, commitment FROM evidence.leaf WHERE position >= $1 AND position < $2"
_STORED_NODES = "SELECT place, hash FROM evidence.node WHERE level = $1"
_NAMED = """
SELECT position, kind, subject, commitment FROM evidence.leaf
WHERE position >= $1 AND position < $2 ORDER BY position
"""
# What the batches say stands at each position, against the leaves: the first difference.
_FIRST_DIFFERENCE = """
SELECT coalesce(b.position, l.position)
FROM (
    SELECT row_number() OVER (ORDER BY b.xid, b.cell, b.id, e.n) - 1 AS position,
        e.kind, e.subject, e.hash
    FROM evidence.cursor c JOIN evidence.batch b
        ON (b.xid, b.cell, b.id) <= (c.xid, c.cell, c.id)
    CROSS JOIN LATERAL unnest(b.kinds, b.subjects, b.hashes)
        WITH ORDINALITY AS e (kind, subject, hash, n)
) b
FULL JOIN evidence.leaf l ON l.position = b.position
WHERE (b.kind, b.subject, b.hash) IS DISTINCT FROM (l.kind, l.subject, l.commitment)
ORDER BY 1 LIMIT 1
"""


class Leaf(NamedTuple):
    """A leaf that has its position."""

    position: int
    commitment: bytes


class NamedLeaf(NamedTuple):
    """A leaf with what it is about."""

    position: int
    kind: str
    subject: int
    commitment: bytes


async def append(
    connection: Connection, cell: int, batch: int, entries: Sequence[Entry], at: datetime
) -> None:
    """Write entries to the log in the caller's transaction. `batch` is a new id of the cell."""
    await connection.execute(
        _APPEND,
        cell,
        batch,
        [entry.kind for entry in entries],
        [entry.subject for entry in entries],
        [entry.commitment for entry in entries],
        at,
    )


async def find_commitment(connection: Connection, kind: str, subject: int) -> bytes | None:
    """Return what the newest entry of a subject commits to, also before it has its position."""
    waiting: bytes | None = await connection.fetchval(_COMMITTED, subject, kind)
    if waiting is not None:
        return waiting
    leaf = await find_leaf(connection, kind, subject)
    return None if leaf is None else leaf.commitment


async def sequence(connection: Connection, leaves_max: int) -> tuple[int, list[bytes]]:
    """Give the next committed batches their positions, one after the other.

    Returns the first position and the commitments in order, (0, []) when nothing waits. Raises
    Broken: the new positions have a gap.
    """
    row = await connection.fetchrow(_SEQUENCE, leaves_max)
    assert row is not None
    first, last, packed = row
    if first is None:
        return 0, []
    if len(packed) != _HASH_BYTES * (last - first + 1):
        raise Broken("the positions of new leaves do not follow one another")
    return first, [packed[n : n + _HASH_BYTES] for n in range(0, len(packed), _HASH_BYTES)]


async def add_nodes(connection: Connection, nodes: Sequence[tuple[int, int, bytes]]) -> None:
    """Store roots of complete subtrees (level, place, hash)."""
    if nodes:
        await connection.execute(_ADD_NODES, *(list(column) for column in zip(*nodes, strict=True)))


async def add_checkpoint(connection: Connection, checkpoint: Checkpoint) -> None:
    """Store a signed checkpoint."""
    await connection.execute(
        _ADD_CHECKPOINT, checkpoint.size, checkpoint.root, checkpoint.at, checkpoint.note
    )


async def latest(connection: Connection) -> Checkpoint | None:
    """Return the newest checkpoint; None while the log is empty."""
    row = await connection.fetchrow(_LATEST)
    return Checkpoint(*row) if row else None


async def checkpoints(connection: Connection, after: int, through: int) -> list[Checkpoint]:
    """Return the checkpoints of sizes after < size <= through, smallest first."""
    return [Checkpoint(*row) for row in await connection.fetch(_CHECKPOINTS, after, through)]


async def sequenced_size(connection: Connection) -> int:
    """Return how many leaves have positions."""
    return int(await connection.fetchval(_SIZE))


async def is_cursor_ahead(connection: Connection) -> bool:
    """Tell whether the cursor speaks of transactions this server never had."""
    return bool(await connection.fetchval(_IS_AHEAD))


async def find_leaf(
    connection: Connection, kind: str, subject: int, committed: bytes | None = None
) -> Leaf | None:
    """Return the newest leaf of a subject, with `committed` the one of this commitment."""
    row = await connection.fetchrow(_FIND, subject, kind, committed)
    return Leaf(*row) if row else None


async def is_waiting(connection: Connection, kind: str, subject: int) -> bool:
    """Tell whether a committed entry of the subject has no position yet."""
    return bool(await connection.fetchval(_IS_WAITING, subject, kind))


async def first_difference(connection: Connection) -> int | None:
    """Return the first position where the batches and the leaves disagree."""
    found: int | None = await connection.fetchval(_FIRST_DIFFERENCE)
    return found


async def page_of_leaves(connection: Connection, first: int, past: int) -> list[Leaf]:
    """Return the leaves of first..past-1 in order."""
    rows = await connection.fetch(f"{_PAGE} ORDER BY position", first, past)
    return [Leaf(*row) for row in rows]


async def named_leaves(connection: Connection, first: int, past: int) -> list[NamedLeaf]:
    """Return the leaves of first..past-1 in order, with what each is about."""
    return [NamedLeaf(*row) for row in await connection.fetch(_NAMED, first, past)]


async def stored_nodes(connection: Connection, level: int) -> dict[int, bytes]:
    """Return all stored subtree roots of a level by place."""
    return {row["place"]: row["hash"] for row in await connection.fetch(_STORED_NODES, level)}


async def read_frontier(connection: Connection, size: int) -> Frontier:
    """Return the right edge of the tree of the first `size` leaves."""
    hashes = await _read_parts(connection, parts_of(0, size))
    return Frontier(size, [hashes[part] for part in parts_of(0, size)])


async def read_roots(connection: Connection, ranges: Sequence[Range]) -> list[bytes]:
    """Return the root of each range of leaves, by two queries in all."""
    parts = [parts_of(start, end) for start, end in ranges]
    hashes = await _read_parts(connection, [part for group in parts for part in group])
    return [fold([hashes[part] for part in group]) for group in parts]


async def _read_parts(connection: Connection, parts: Iterable[Node]) -> dict[Node, bytes]:
    wanted = list(parts)
    high = [part for part in wanted if part[0] >= STORED_LEVEL]
    low = [part for part in wanted if part[0] < STORED_LEVEL]
    hashes: dict[Node, bytes] = {}
    if high:
        rows = await connection.fetch(_NODES, [level for level, _ in high], [n for _, n in high])
        hashes |= {(row["level"], row["place"]): row["hash"] for row in rows}
    if low:
        firsts = [place << level for level, place in low]
        pasts = [(place + 1) << level for level, place in low]
        rows = await connection.fetch(_LEAVES, firsts, pasts)
        leaves = {row["position"]: leaf_hash(row["commitment"]) for row in rows}
        for part, first, past in zip(low, firsts, pasts, strict=True):
            hashes[part] = complete_root([leaves[n] for n in range(first, past)])
    return hashes
