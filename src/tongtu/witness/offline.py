"""The check of an exported log: every entry, tile and proof, and the first bad entry named.

Needs the folder and keys only. A changed, missing, added or exchanged entry is told by its place;
a history that was signed anew is found by a checkpoint that somebody else kept (`outside`), and by
those that were anchored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tongtu.kernel.errors import BadInput
from tongtu.witness.cosignature import WitnessKey, check_quorum, cosigners
from tongtu.witness.fork import Fork, fork_by
from tongtu.witness.note import LogKey, open_note, read_checkpoint
from tongtu.witness.sm2 import Sm2Key, check_sm2
from tongtu.witness.tiles import (
    HEIGHT,
    LEVELS_MAX,
    read_entries,
    read_hashes,
    read_names,
    read_note,
    tile_rows,
)
from tongtu.witness.tree import (
    Range,
    consistency_ranges,
    fold,
    inclusion_ranges,
    leaf_hash,
    node_hash,
    parts_of,
    root_by_path,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a log is checked against: its key, its witnesses, and checkpoints kept elsewhere.

    `outside` is one that somebody kept, `anchored` are all that stand in an anchor (None: not
    asked for).
    """

    key: LogKey
    witnesses: Sequence[WitnessKey] = ()
    quorum: int = 0
    outside: str | None = None
    anchored: Sequence[str] | None = None
    sm2: Sm2Key | None = None  # must have signed the checkpoint too


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `finding` is empty when the log is whole."""

    size: int
    proofs: int = 0
    cosigners: tuple[str, ...] = ()
    finding: str = ""
    fork: Fork | None = None
    anchored: int = 0  # entries that the newest anchored checkpoint covers

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.finding


@dataclass(slots=True)
class Tree:
    """All complete subtrees of a log in memory, and the roots that lie between them."""

    leaves: list[bytes]
    _levels: list[list[bytes]] = field(default_factory=list)
    _roots: dict[Range, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        row = self.leaves
        while row:
            self._levels.append(row)
            row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]

    def root(self, start: int, end: int) -> bytes:
        """Return the root over the leaves start..end-1."""
        width = end - start
        if width & (width - 1) == 0 and width:
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        found = self._roots.get((start, end))
        if found is None:
            parts = [self._levels[level][place] for level, place in parts_of(start, end)]
            found = self._roots[start, end] = fold(parts)
        return found

    def proves(self, position: int, root: bytes) -> bool:
        """Make the proof of an entry and verify it, as somebody would who was given it."""
        size = len(self.leaves)
        path = [self.root(start, end) for start, end in inclusion_ranges(position, size)]
        return root_by_path(self.leaves[position], position, size, path) == root


def check_log(folder: Path, asked: Asked) -> Checked:
    """Check an exported log from its entries up to the signatures of its checkpoint.

    Raises:
        BadInput: the folder holds no log, or it or `outside` is not signed by the log's keys; a
            quorum that two histories could have.
    """
    if asked.witnesses:
        check_quorum(asked.witnesses, asked.quorum)
    note = read_note(folder)
    _, size, root = _opened(note, asked.key)
    if asked.sm2 is not None:
        check_sm2(note, asked.sm2)
    signed = tuple(one.name for one in cosigners(note, asked.witnesses))
    if asked.witnesses and len(signed) < asked.quorum:
        finding = f"{len(signed)} witnesses you trust co-signed it, {asked.quorum} are wanted"
        return Checked(size, 0, signed, finding)
    try:
        tree, finding = _rebuilt(folder, size, root)
    except BadInput as error:
        return Checked(size, 0, signed, error.detail)
    fork, covered = None, 0
    if not finding and asked.outside is not None:
        finding, fork = _against(tree, (note, asked.outside), asked.key)
    if not finding:
        covered, finding, fork = _against_anchor(tree, note, asked)
    if finding:
        return Checked(size, 0, signed, finding, fork, covered)
    bad = next((n for n in range(size) if not tree.proves(n, root)), None)
    if bad is not None:
        return Checked(size, bad, signed, f"the proof of entry {bad} does not hold")
    return Checked(size, size, signed, anchored=covered)


def _rebuilt(folder: Path, size: int, root: bytes) -> tuple[Tree, str]:
    entries, hashes, names = read_entries(folder), read_hashes(folder, 0), read_names(folder)
    tree = Tree([leaf_hash(entry) for entry in entries])
    finding = (
        _first_difference(tree.leaves, hashes, names)
        or _missing(len(entries), size)
        or _bad_tile(folder, tree.leaves)
    )
    if not finding and tree.root(0, size) != root:
        finding = (
            f"entries 0..{size - 1} are not those that the checkpoint signs, though entries and"
            " tiles agree: both were changed"
        )
    return tree, finding


def _first_difference(found: list[bytes], told: list[bytes], names: list[str]) -> str:
    """Name the first entry that is not what its tile says, and how it differs."""
    length = min(len(found), len(told))
    here = next((n for n in range(length) if found[n] != told[n]), length)
    if here == len(found) == len(told):
        return ""
    name = f" ({names[here]})" if here < len(names) else ""

    def continues(one: list[bytes], other: list[bytes]) -> bool:
        # Two in a row, where there are two: one alone may be chance of a copied entry.
        return bool(one) and one[:2] == other[:2]

    if continues(found[here:], told[here + 1 :]) or (here == len(found) < len(told)):
        count = len(told) - len(found)
        what = "is missing" if count == 1 else f"and {count - 1} after it are missing"
        return f"entry {here} {what}"
    if continues(found[here + 1 :], told[here:]) or (here == len(told) < len(found)):
        return f"entry {here} was inserted{name}"
    if found[here] in told[here:]:
        return f"entry {told.index(found[here], here)} stands at {here}{name}: reordered"
    return f"entry {here} was changed{name}"


def _missing(count: int, size: int) -> str:
    if count < size:
        return f"the tail is missing: entries {count}..{size - 1} of the checkpoint's {size}"
    if count > size:
        return f"entries {size}..{count - 1} stand beyond the checkpoint"
    return ""


def _bad_tile(folder: Path, leaves: list[bytes]) -> str:
    """Name the first tile above the leaves that is not the root of what lies below it."""
    for level, row in enumerate(tile_rows(leaves)):
        if level >= LEVELS_MAX:
            break
        told = read_hashes(folder, level)
        pairs = zip(row, told, strict=False)
        bad = next((n for n, (true, said) in enumerate(pairs) if true != said), None)
        if bad is None and len(told) != len(row):
            bad = min(len(told), len(row))
        if bad is not None:
            width = 1 << HEIGHT * level
            return (
                f"the hash of entries {bad * width}..{(bad + 1) * width - 1} in tiles of level"
                f" {level} is not theirs"
            )
    return ""


def _against(
    tree: Tree, notes: tuple[str, str], key: LogKey, kept: str = "signed elsewhere"
) -> tuple[str, Fork | None]:
    """Compare with a checkpoint that somebody else kept; `notes` are (the log's, theirs)."""
    note, outside = notes
    _, kept_size, kept_root = _opened(outside, key)
    size = len(tree.leaves)
    if kept_size > size:
        return f"the tail is missing: entries {size}..{kept_size - 1} were {kept}", None
    if kept_size and tree.root(0, kept_size) != kept_root:
        path = [tree.root(*one) for one in consistency_ranges(kept_size, size)]
        fork = fork_by(key, (outside, note), tree.root(0, kept_size), path)
        return f"the first {kept_size} entries are not those that were {kept}", fork
    return "", None


def _against_anchor(tree: Tree, note: str, asked: Asked) -> tuple[int, str, Fork | None]:
    """Compare with all that was anchored; return how many entries are covered without a finding."""
    if asked.anchored is None:
        return 0, "", None
    if not asked.anchored:
        return 0, "nothing was anchored of this log", None
    covered = 0
    for kept in asked.anchored:
        try:
            size = _opened(kept, asked.key)[1]
        except BadInput:
            return covered, "the anchor holds a checkpoint that the log's key did not sign", None
        if size <= covered:
            return covered, f"the anchor goes back from {covered} entries to {size}", None
        finding, fork = _against(tree, (note, kept), asked.key, "anchored")
        if finding:
            return covered, f"{finding} (the first {covered} are)", fork
        covered = size
    return covered, "", None


def _opened(note: str, key: LogKey) -> tuple[str, int, bytes]:
    origin, size, root = read_checkpoint(open_note(note, key))
    if origin != key.name:
        raise BadInput("the checkpoint speaks of another log than its key")
    return origin, size, root
