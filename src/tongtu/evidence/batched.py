"""One leaf for all that one commit proves: the root over its commitments. Pure.

A lane's commit carries hundreds of entries. A leaf each costs a row and two index entries each; one
leaf costs one row, and each entry is still proved alone: by a path in its batch, then by one in the
log. Who makes the proofs keeps, or makes again, the batch's commitments in their order.

The batch's tree is wide: sixteen hashes are one hash's input, and commitments are its lowest row as
they are. That is an eighth of a binary tree's hashing beside the transfers it proves, for a path of
at most a kilobyte. Nothing marks its levels, because the leaf names how many entries there are:
that fixes the shape, and every value in it has 32 bytes, so no row can be read as another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256, shake_128

from tongtu.evidence.model import Entry

SALT_BYTES = 16
WIDTH = 16
# More than a lane's commit ever holds; it bounds what a hostile bundle can ask of a verifier.
BATCH_MAX = 1 << 16
# Keeps the leaf of a batch from passing for any other, and its size from being told otherwise.
_BATCH = b"tongtu-batch-2"
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Inside:
    """Where an entry stands in its batch, and its neighbours on each level, from below."""

    position: int
    size: int
    path: tuple[bytes, ...]


def batch_commitments(secret: bytes, batch: int, payloads: Sequence[bytes]) -> list[bytes]:
    """Return each entry's salted commitment; salts follow from a secret and the batch's id."""
    salts = batch_salts(secret, batch, len(payloads))
    # As `commitment` has it, without a call an entry: this runs in the lane.
    return [sha256(salt + said).digest() for salt, said in zip(salts, payloads, strict=True)]


def batch_entry(kind: str, subject: int, commitments: Sequence[bytes]) -> Entry:
    """Return the one leaf of a batch; `subject` names the batch.

    Raises:
        ValueError: there is none, or there are more than a batch may have.
    """
    if not 0 < len(commitments) <= BATCH_MAX:
        raise ValueError(f"a batch has 1 to {BATCH_MAX} entries")
    row = commitments
    while len(row) > 1:
        row = _above(row)
    return Entry(kind, subject, of_batch(len(commitments), row[0]))


def of_batch(size: int, root: bytes) -> bytes:
    """Return what the leaf of a batch commits to: how many entries it has, and their root."""
    return sha256(_BATCH + size.to_bytes(8, "big") + root).digest()


def inside(commitments: Sequence[bytes], position: int) -> Inside:
    """Return the path of one entry in its batch."""
    path: list[bytes] = []
    row, at = commitments, position
    while len(row) > 1:
        start = at - at % WIDTH
        path += row[start:at]
        path += row[at + 1 : start + WIDTH]
        row, at = _above(row), at // WIDTH
    return Inside(position, len(commitments), tuple(path))


def root_of_batch(member: bytes, place: Inside) -> bytes | None:
    """Return the root that a member leads to; None where the path cannot be one of its place."""
    values = (member, *place.path)
    is_sized = 0 <= place.position < place.size <= BATCH_MAX
    if not is_sized or any(len(one) != _HASH_BYTES for one in values):
        return None
    found, at, size, used = member, place.position, place.size, 0
    while size > 1:
        before = at % WIDTH
        others = min(WIDTH, size - (at - before)) - 1
        level = place.path[used : used + others]
        if len(level) != others:
            return None
        found = sha256(b"".join((*level[:before], found, *level[before:]))).digest()
        used, at, size = used + others, at // WIDTH, -(-size // WIDTH)
    return found if used == len(place.path) else None


def batch_salts(secret: bytes, batch: int, count: int) -> list[bytes]:
    """Return the salts of a batch's entries, which follow from a secret and the batch's id."""
    drawn = shake_128(secret + batch.to_bytes(8, "big")).digest(SALT_BYTES * count)
    return [drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)]


def _above(row: Sequence[bytes]) -> list[bytes]:
    """The row above: one hash over each sixteen, the last over what is left."""
    return [
        sha256(b"".join(row[start : start + WIDTH])).digest() for start in range(0, len(row), WIDTH)
    ]
