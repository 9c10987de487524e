"""The Merkle tree of RFC 6962 as pure functions over leaf hashes; nothing here reads or stores.

A complete subtree of 2^level leaves is named (level, place): its first leaf is place * 2^level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

HASH_LENGTH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Range = tuple[int, int]
Node = tuple[int, int]


def leaf_hash(commitment: bytes) -> bytes:
    """Return the hash of a leaf: the prefix 0 keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + commitment).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(parts: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees of falling size, as `parts_of` names them."""
    if not parts:
        return EMPTY_ROOT
    root = parts[-1]
    for part in reversed(parts[:-1]):
        root = node_hash(part, root)
    return root


def parts_of(start: int, end: int) -> list[Node]:
    """Return the complete subtrees that make up the subtree of leaves start..end-1."""
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root of a complete subtree: 2^level leaf hashes, at least one."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
    return row[0]


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over any number of leaf hashes."""
    return fold(
        [
            complete_root(hashes[place << level : place + 1 << level])
            for level, place in parts_of(0, len(hashes))
        ]
    )


def inclusion_ranges(position: int, size: int) -> list[Range]:
    """Return the leaf ranges whose subtree roots prove `position` in a tree of `size`."""
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Return the leaf ranges whose subtree roots prove that tree `old` begins tree `new`."""
    if not 0 < old < new:
        return []
    ranges: list[Range] = []
    start, end = 0, new
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:  # the old tree is no left edge of the new one: its last part must be told
        ranges.append((start, end))
    return ranges[::-1]


def root_by_path(leaf: bytes, position: int, size: int, path: Iterable[bytes]) -> bytes | None:
    """Return the root that `path` leads to from `leaf`, or None when the path has no such shape."""
    if not 0 <= position < size:
        return None
    here, last, root = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            root = node_hash(sibling, root)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        here, last = here >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Tell whether `path` proves that the tree (size, root) `old` is the beginning of `new`."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size in (0, new_size):
        begins = old_root == (new_root if old_size else EMPTY_ROOT)
        return begins and not path and old_size <= new_size
    if not 0 < old_size < new_size or not path:
        return False
    seed = [old_root] if old_size & (old_size - 1) == 0 else []
    return _roots_by_path(old_size, new_size, [*seed, *path]) == (old_root, new_root)


def older_root(old_size: int, new_size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root of the first `old_size` leaves as `path` tells it; None when it does not.

    Of a power of two it does not: there the path begins beside the old tree.
    """
    if not 0 < old_size < new_size or old_size & (old_size - 1) == 0 or not path:
        return None
    roots = _roots_by_path(old_size, new_size, path)
    return roots[0] if roots else None


def _roots_by_path(
    old_size: int, new_size: int, hashes: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """Return the old and the new root; None when the path has no such shape."""
    here, last = old_size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    older = newer = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if here & 1 or here == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        here, last = here >> 1, last >> 1
    return (older, newer) if last == 0 else None


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: the roots of `parts_of(0, size)`, nothing else."""

    size: int = 0
    parts: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf hash; yield each subtree it completes as (level, place, hash)."""
        self.parts.append(leaf)
        self.size += 1
        level = 0
        while (self.size >> level) & 1 == 0:
            right = self.parts.pop()
            self.parts[-1] = node_hash(self.parts[-1], right)
            level += 1
            yield level, (self.size >> level) - 1, self.parts[-1]

    def extend(self, leaves: Sequence[bytes], level_min: int) -> list[tuple[int, int, bytes]]:
        """Add leaf hashes as `append` would one by one, at half the price.

        Returns the subtrees of a level from `level_min` up that they complete, lowest level first.
        """
        completed: list[tuple[int, int, bytes]] = []
        ends: list[bytes] = []  # what waits for a sibling at each level, from the lowest up
        row, first, level = list(leaves), self.size, 0
        self.size += len(row)
        while row:
            if first & 1:
                row.insert(0, self.parts.pop())
            if len(row) & 1:
                ends.append(row.pop())
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
            first, level = first >> 1, level + 1
            if level >= level_min:
                completed += [(level, place, node) for place, node in enumerate(row, start=first)]
        self.parts += reversed(ends)
        return completed

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        return fold(self.parts)

    def copy(self) -> Frontier:
        """Return a frontier that grows on its own."""
        return Frontier(self.size, list(self.parts))


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)
