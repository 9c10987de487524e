"""The audit: the whole log recomputed from its leaves, and the first bad entry named."""

from __future__ import annotations

from tongtu.evidence.model import Audit, Checkpoint
from tongtu.evidence.store import (
    STORED_LEVEL,
    Leaf,
    checkpoints,
    first_difference,
    latest,
    page_of_leaves,
    sequenced_size,
    stored_nodes,
)
from tongtu.kernel.errors import BadInput
from tongtu.runtime.api import Connection
from tongtu.witness.api import EMPTY_ROOT, Frontier, LogKey, leaf_hash, open_note, read_checkpoint

# Leaves an audit holds in memory at a time.
PAGE = 10_000

# What is wrong, and the first and last entry that may be the bad one.
Finding = tuple[str, int, int]


async def audit(connection: Connection, key: LogKey, outside: str | None = None) -> Audit:
    """Recompute the log from its leaves and name the first bad entry, or the range it lies in.

    `outside` is a checkpoint note that someone else kept: against it even a log that was
    rewritten and signed anew is found out.

    Raises:
        BadInput: `outside` is not a checkpoint signed by `key`.
    """
    newest = await latest(connection)
    size, root = (newest.size, newest.root) if newest else (0, EMPTY_ROOT)
    kept = _kept(outside, key)
    recount = Recount(key, kept, await stored_nodes(connection, STORED_LEVEL))
    past = await sequenced_size(connection)
    finding: Finding | None = None
    if kept and kept[0] > size:
        finding = "the tail of the log is missing", size, kept[0] - 1
    elif past != size:
        finding = "the newest checkpoint is missing", min(size, past), max(size, past) - 1
    elif (bad := await first_difference(connection)) is not None:
        finding = "a leaf is not what was committed", bad, bad
    while finding is None and recount.frontier.size < size:
        finding = await recount.read(connection, min(size, recount.frontier.size + PAGE))
    if finding is None:
        return Audit(size, recount.frontier.root(), recount.checked, "the log is whole")
    return Audit(size, root, recount.checked, *finding)


class Recount:
    """The tree as the leaves give it, compared with every root that was stored or signed."""

    def __init__(
        self, key: LogKey, kept: tuple[int, bytes] | None, blocks: dict[int, bytes]
    ) -> None:
        self._key = key
        self._kept = kept
        self._blocks = blocks
        self._good = 0  # entries below are covered by a checkpoint that fits
        self.frontier = Frontier()
        self.checked = 0

    async def read(self, connection: Connection, past: int) -> Finding | None:
        """Add the leaves up to `past`; return the first thing that does not fit."""
        leaves = await page_of_leaves(connection, self.frontier.size, past)
        points = await checkpoints(connection, self.frontier.size, past)
        signed = {point.size: point for point in points}
        for leaf in leaves:
            finding = self._add(leaf) or self._compare(signed.get(self.frontier.size))
            if finding is not None:
                return finding
        here = self.frontier.size
        return None if here == past else ("a leaf is missing", here, here)

    def _add(self, leaf: Leaf) -> Finding | None:
        here = self.frontier.size
        if leaf.position != here:
            return "a leaf is missing", here, here
        for level, place, value in self.frontier.append(leaf_hash(leaf.commitment)):
            if level == STORED_LEVEL and self._blocks.get(place) != value:
                return "leaves and stored nodes disagree", max(place << level, self._good), here
        return None

    def _compare(self, point: Checkpoint | None) -> Finding | None:
        here = self.frontier.size
        is_kept = self._kept is not None and self._kept[0] == here
        if point is None and not is_kept:
            return None
        root = self.frontier.root()
        if is_kept and self._kept != (here, root):
            return "the log was rewritten since it was kept outside", 0, here - 1
        if point is None:
            return None
        if point.root != root or not self._is_signed(point):
            return "leaves and signed checkpoint disagree", self._good, here - 1
        self._good, self.checked = here, self.checked + 1
        return None

    def _is_signed(self, point: Checkpoint) -> bool:
        try:
            said = read_checkpoint(open_note(point.note, self._key))
        except BadInput:
            return False
        return said == (self._key.name, point.size, point.root)


def _kept(outside: str | None, key: LogKey) -> tuple[int, bytes] | None:
    if outside is None:
        return None
    _, size, root = read_checkpoint(open_note(outside, key))
    return size, root
