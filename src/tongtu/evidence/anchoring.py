"""The worker that anchors checkpoints outside, and finds out that the log is not what was anchored.

The newest final checkpoint goes out, or the newest of all where no witnesses sign. An anchor that
holds more than we have, or another history, is told and never written over.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tongtu.evidence.finality import latest_final
from tongtu.evidence.store import latest, read_roots
from tongtu.kernel.errors import BadInput, Broken
from tongtu.runtime.api import Background, Connection, Runtime, gauge, get_logger
from tongtu.witness.api import AnchorBackend, LogKey, open_note, read_checkpoint

# A chain's block and its fee: one a minute tells all that came before it too.
PAUSE_S = 60.0
REASON_MAX = 300
_KEEP = """
INSERT INTO evidence.anchor AS a (place, state, size, at, reason) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (place) DO UPDATE SET state = excluded.state, at = excluded.at,
    reason = excluded.reason, size = greatest(a.size, excluded.size)
"""
_STANDS = "SELECT place, state, size, at, reason FROM evidence.anchor ORDER BY at DESC LIMIT 1"

log = get_logger("anchor")


class AnchorState(StrEnum):
    """How the anchor stands to the log."""

    HOLDS = "holds"
    SILENT = "silent"  # it does not answer, or does not take the checkpoint
    AHEAD = "ahead"  # it holds a larger log than this one: the tail is missing here
    CONTRADICTS = "contradicts"  # it holds another history, signed by our own key


@dataclass(frozen=True, slots=True)
class AnchorStand:
    """How an anchor stood when it was last written to or asked; `size` is what it holds."""

    place: str
    state: AnchorState
    size: int
    at: datetime
    reason: str


class Anchoring:
    """Writes checkpoints to a backend in the background; its calls run in a thread."""

    def __init__(self, runtime: Runtime, backend: AnchorBackend, key: LogKey) -> None:
        self._runtime = runtime
        self._backend = backend
        self._key = key
        self._worker = Background("anchor", self.step, PAUSE_S)

    async def start(self) -> None:
        """Anchor in the background."""
        await self._worker.start()

    async def stop(self) -> None:
        """Stop; what is under way is finished by the place or asked for again."""
        await self._worker.stop()

    async def step(self) -> AnchorStand | None:
        """Compare with what the anchor holds, and anchor what is newer; None in an empty log."""
        async with self._runtime.database.reading() as connection:
            newest = await latest(connection)
            point = await latest_final(connection) or newest
        if newest is None or point is None:
            return None
        try:
            stand = await self._judge(await asyncio.to_thread(self._backend.newest), newest.size)
            if stand.state is AnchorState.HOLDS and stand.size < point.size:
                await asyncio.to_thread(self._backend.put, point.note)
                stand = self._stand(AnchorState.HOLDS, point.size)
        except Broken as fault:
            stand = self._stand(AnchorState.SILENT, 0, fault.detail[:REASON_MAX])
        await self._keep(stand)
        return stand

    async def _judge(self, held: str | None, size: int) -> AnchorStand:
        """Return how the newest anchored checkpoint stands to our log of `size` entries."""
        if held is None:
            return self._stand(AnchorState.HOLDS, 0)
        try:
            origin, held_size, root = read_checkpoint(open_note(held, self._key))
        except BadInput:
            return self._stand(AnchorState.CONTRADICTS, 0, "its checkpoint is not signed by us")
        if origin != self._key.name:
            return self._stand(AnchorState.CONTRADICTS, 0, "it holds another log")
        if held_size > size:
            told = f"it holds {held_size} entries, the log has {size}"
            return self._stand(AnchorState.AHEAD, held_size, told)
        async with self._runtime.database.reading() as connection:
            own = await read_roots(connection, [(0, held_size)]) if held_size else [root]
        if own != [root]:
            told = f"the first {held_size} entries are not those that were anchored"
            return self._stand(AnchorState.CONTRADICTS, held_size, told)
        return self._stand(AnchorState.HOLDS, held_size)

    def _stand(self, state: AnchorState, size: int, reason: str = "") -> AnchorStand:
        return AnchorStand(self._backend.where, state, size, self._runtime.clock.now(), reason)

    async def _keep(self, stand: AnchorStand) -> None:
        if stand.state is not AnchorState.HOLDS:
            is_grave = stand.state is not AnchorState.SILENT
            say = log.error if is_grave else log.warning
            say("anchor_stands", place=stand.place, state=stand.state, reason=stand.reason)
        else:
            gauge("evidence_anchored_size").set(stand.size)
        async with self._runtime.database.transaction() as connection:
            await connection.execute(
                _KEEP, stand.place, stand.state.value, stand.size, stand.at, stand.reason
            )


async def anchor_stand(connection: Connection) -> AnchorStand | None:
    """Return how the anchor stood when it was last asked; None where there is none."""
    row = await connection.fetchrow(_STANDS)
    if row is None:
        return None
    state = AnchorState(row["state"])
    return AnchorStand(row["place"], state, row["size"], row["at"], row["reason"])
