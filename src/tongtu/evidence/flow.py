"""Proofs from the stored tree: an entry stands in the log, an old log is part of the new."""

from __future__ import annotations

from tongtu.evidence.model import Consistency, Pending, Proof
from tongtu.evidence.store import find_leaf, is_waiting, latest, read_roots
from tongtu.evidence.tree import consistency_ranges, inclusion_ranges
from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection


async def proof(connection: Connection, kind: str, subject: int) -> Proof | Pending:
    """Return the proof of a subject's newest entry under the newest checkpoint.

    Raises:
        NotFound: the log has no such entry.
    """
    leaf = await find_leaf(connection, kind, subject)
    if leaf is None:
        if await is_waiting(connection, kind, subject):
            return Pending()
        raise NotFound("the log has no such entry")
    checkpoint = await latest(connection)
    if checkpoint is None or checkpoint.size <= leaf.position:
        return Pending()
    ranges = inclusion_ranges(leaf.position, checkpoint.size)
    return Proof(
        kind=kind,
        subject=subject,
        commitment=leaf.commitment,
        position=leaf.position,
        size=checkpoint.size,
        path=tuple(await read_roots(connection, ranges)),
        root=checkpoint.root,
        note=checkpoint.note,
    )


async def consistency(connection: Connection, old_size: int) -> Consistency:
    """Return the proof that the log of `old_size` leaves was only added to since.

    Raises:
        NotFound: the log never was that large, or is empty.
    """
    checkpoint = await latest(connection)
    if checkpoint is None or not 0 < old_size <= checkpoint.size:
        raise NotFound("the log has no checkpoint of that size or above")
    path = await read_roots(connection, consistency_ranges(old_size, checkpoint.size))
    return Consistency(old_size, checkpoint.size, tuple(path), checkpoint.root, checkpoint.note)
