"""Proofs from the stored tree: an entry stands in the log, an old log is part of the new."""

from __future__ import annotations

from tongtu.evidence.finality import Final, latest_final
from tongtu.evidence.model import Checkpoint, Consistency, Pending, Proof
from tongtu.evidence.store import find_leaf, is_waiting, latest, read_roots
from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection
from tongtu.witness.api import consistency_ranges, inclusion_ranges


async def proof(
    connection: Connection, kind: str, subject: int, committed: bytes | None = None
) -> Proof | Pending:
    """Return the proof of a subject's newest entry, under a final checkpoint where one covers it.

    Until the witnesses have signed so far it stands under the newest checkpoint, by the log alone.
    With `committed` it is the entry of that commitment, though newer ones may stand behind it.

    Raises:
        NotFound: the log has no such entry.
    """
    leaf = await find_leaf(connection, kind, subject, committed)
    if leaf is None:
        if await is_waiting(connection, kind, subject):
            return Pending()
        raise NotFound("the log has no such entry")
    checkpoint: Final | Checkpoint | None = await latest_final(connection)
    if checkpoint is None or checkpoint.size <= leaf.position:
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
        witnesses=checkpoint.witnesses if isinstance(checkpoint, Final) else (),
    )


async def consistency(connection: Connection, old_size: int) -> Consistency:
    """Return the proof that the log of `old_size` leaves was only added to since.

    Raises:
        NotFound: the log never was that large, or is empty.
    """
    checkpoint = await latest(connection)
    if checkpoint is None or not 0 < old_size <= checkpoint.size:
        raise NotFound("the log has no checkpoint of that size or above")
    path = await path_between(connection, old_size, checkpoint.size)
    return Consistency(old_size, checkpoint.size, tuple(path), checkpoint.root, checkpoint.note)


async def path_between(connection: Connection, old_size: int, new_size: int) -> list[bytes]:
    """Return the path that proves the log of `old_size` to begin that of `new_size`."""
    return await read_roots(connection, consistency_ranges(old_size, new_size))
