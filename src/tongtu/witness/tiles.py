"""The log as files (C2SP tlog-tiles): entries and hashes by 256, and the signed checkpoint.

checkpoint            the note, with the lines of the witnesses
tile/entries/x001/067 256 entries, each with its length in two bytes before it
tile/0/x001/067       their 256 leaf hashes; level 1 has the roots of 256 of these tiles, …
tile/0/x001/068.p/12  the last tile of a level, while it is not full
names/x001/067        what each entry is about, one a line: for reading, no hash covers it
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tongtu.kernel.errors import BadInput
from tongtu.witness.tree import HASH_LENGTH, complete_root, leaf_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
# Sizes of trees end below 2^64.
LEVELS_MAX = 8
CHECKPOINT = "checkpoint"
NAMES, ENTRIES = "names", "tile/entries"
# An entry is a commitment; longer ones are read, so that an exchanged one is found and named.
_LENGTH = struct.Struct(">H")
TILE_BYTES_MAX = WIDTH * (_LENGTH.size + 65_535)
_NAME_LENGTH_MAX = 200
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


def tile_path(kind: str, place: int, width: int = WIDTH) -> str:
    """Return where a tile lies: `kind` is tile/LEVEL, tile/entries or names."""
    groups = [f"{place % 1000:03}"]
    while place := place // 1000:
        groups.insert(0, f"x{place % 1000:03}")
    path = "/".join((kind, *groups))
    return path if width == WIDTH else f"{path}.p/{width}"


def write_log(folder: Path, note: str, leaves: Iterable[tuple[bytes, str]]) -> int:
    """Write commitments with their names, in order, and the note; return how many there were."""
    hashes: list[bytes] = []
    count = 0
    for block in _blocks(leaves):
        place, width = count // WIDTH, len(block)
        commitments = [commitment for commitment, _ in block]
        _write(folder / tile_path(ENTRIES, place, width), pack_entries(commitments))
        names = "".join(f"{_UNSAFE.sub('?', name)[:_NAME_LENGTH_MAX]}\n" for _, name in block)
        _write(folder / tile_path(NAMES, place, width), names.encode())
        hashes += [leaf_hash(commitment) for commitment in commitments]
        count += width
    for level, row in enumerate(tile_rows(hashes)):
        for start in range(0, len(row), WIDTH):
            tile = row[start : start + WIDTH]
            _write(folder / tile_path(f"tile/{level}", start // WIDTH, len(tile)), b"".join(tile))
    _write(folder / CHECKPOINT, note.encode())
    return count


def tile_rows(hashes: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Yield the hashes of each level of tiles: the leaves, the roots of 256 of them, and so on."""
    row = hashes
    while row:
        yield row
        row = [
            complete_root(row[start : start + WIDTH])
            for start in range(0, len(row) - WIDTH + 1, WIDTH)
        ]


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """Return entries as a tile holds them."""
    return b"".join(_LENGTH.pack(len(entry)) + entry for entry in entries)


def unpack_entries(raw: bytes) -> list[bytes]:
    """Read what `pack_entries` writes. Raises BadInput: it ends amid an entry."""
    entries, at = [], 0
    while at < len(raw):
        if at + _LENGTH.size > len(raw):
            raise BadInput("the tile ends amid an entry")
        (length,) = _LENGTH.unpack_from(raw, at)
        at += _LENGTH.size
        if at + length > len(raw):
            raise BadInput("the tile ends amid an entry")
        entries.append(raw[at : at + length])
        at += length
    return entries


def read_entries(folder: Path) -> list[bytes]:
    """Return all entries in order, as far as there are tiles. Raises BadInput."""
    entries: list[bytes] = []
    for raw in _tiles(folder, ENTRIES):
        entries += unpack_entries(raw)
    return entries


def read_hashes(folder: Path, level: int) -> list[bytes]:
    """Return all hashes of a level in order, as far as there are tiles. Raises BadInput."""
    raw = b"".join(_tiles(folder, f"tile/{level}"))
    if len(raw) % HASH_LENGTH:
        raise BadInput(f"a tile of level {level} is not made of hashes")
    return [raw[at : at + HASH_LENGTH] for at in range(0, len(raw), HASH_LENGTH)]


def read_names(folder: Path) -> list[str]:
    """Return what each entry is about; a name tells what it says, nothing proves it."""
    lines: list[str] = []
    for raw in _tiles(folder, NAMES):
        lines += raw.decode(errors="replace").splitlines()
    return lines


def read_note(folder: Path) -> str:
    """Return the signed checkpoint. Raises BadInput: there is none."""
    try:
        return (folder / CHECKPOINT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{folder} holds no checkpoint of a log") from None


def _tiles(folder: Path, kind: str) -> Iterator[bytes]:
    """Yield the tiles of a kind: the full ones, then the widest partial one."""
    place = 0
    while True:
        full = folder / tile_path(kind, place)
        parts = folder / f"{tile_path(kind, place)}.p"
        if full.is_file():
            yield _read(full)
        else:
            widths = sorted(
                int(one.name)
                for one in parts.glob("*")
                if one.name.isascii() and one.name.isdigit()
            )
            if widths:
                yield _read(parts / str(widths[-1]))
            return
        place += 1


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():  # a folder, or a device that never ends
            raise BadInput(f"{path} is no tile")
        with path.open("rb") as file:
            content = file.read(TILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from None
    if len(content) > TILE_BYTES_MAX:
        raise BadInput(f"{path} is too large for a tile")
    return content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _blocks(leaves: Iterable[tuple[bytes, str]]) -> Iterator[list[tuple[bytes, str]]]:
    block: list[tuple[bytes, str]] = []
    for leaf in leaves:
        block.append(leaf)
        if len(block) == WIDTH:
            yield block
            block = []
    if block:
        yield block
