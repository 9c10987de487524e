"""One leaf for all that one commit proves: the root over its commitments. Pure.

A lane's commit carries hundreds of entries. A leaf each costs a row and two index entries each; one
leaf costs one row, and each entry is still proved alone: by a path in its batch, then by one in the
log. Who makes the proofs keeps, or makes again, the batch's commitments in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256, shake_128

from tongtu.evidence.model import Entry
from tongtu.witness.api import fold, inclusion_ranges, leaf_hash, parts_of, root_of

SALT_BYTES = 16
# Keeps the leaf of a batch from passing for any other, and its size from being told otherwise.
_BATCH = b"tongtu-batch-1"


@dataclass(frozen=True, slots=True)
class Inside:
    """Where an entry stands in its batch, and the path from it to the batch's leaf."""

    position: int
    size: int
    path: tuple[bytes, ...]


def batch_entry(kind: str, subject: int, commitments: Sequence[bytes]) -> Entry:
    """Return the one leaf of a batch; `subject` names the batch. At least one commitment."""
    leaves = [sha256(b"\x00" + one).digest() for one in commitments]
    return Entry(kind, subject, of_batch(len(leaves), _root(leaves)))


def of_batch(size: int, root: bytes) -> bytes:
    """Return what the leaf of a batch commits to: how many entries it has, and their root."""
    return sha256(_BATCH + size.to_bytes(8, "big") + root).digest()


def inside(commitments: Sequence[bytes], position: int) -> Inside:
    """Return the path of one entry in its batch."""
    leaves = [leaf_hash(one) for one in commitments]
    ranges = inclusion_ranges(position, len(leaves))
    return Inside(position, len(leaves), tuple(root_of(leaves[start:end]) for start, end in ranges))


def batch_salts(secret: bytes, batch: int, count: int) -> list[bytes]:
    """Return the salts of a batch's entries, which follow from a secret and the batch's id."""
    drawn = shake_128(secret + batch.to_bytes(8, "big")).digest(SALT_BYTES * count)
    return [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]


def _root(leaves: list[bytes]) -> bytes:
    """The root over leaf hashes, as `root_of` has it; each level in one pass, for a hot path."""
    parts = []
    for level, place in parts_of(0, len(leaves)):
        row = leaves[place << level : place + 1 << level]
        while len(row) > 1:
            row = [
                sha256(b"\x01" + left + right).digest()
                for left, right in zip(row[::2], row[1::2], strict=True)
            ]
        parts.append(row[0])
    return fold(parts)
