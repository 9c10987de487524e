"""Chunks between two day ends, as files beside the database: a cache that may be lost at any time.

A file is written whole and renamed, and not waited for: a machine that loses power may keep half of
it. So it is believed only when its token is the one the database has for the day, and its bytes
are those it was written with. A column lies in as few bytes as its figures need, one of nothing
but 0 in none: a third of what it takes in memory, and of what a disk has to take in.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from tongtu.servicing.rules.chunk import WIDTH, Chunk
from tongtu.servicing.rules.snapshot import LAYOUT, Ints

HEADER_MAX = 1 << 20  # thousands of books
# How a column lies in the file, narrowest first; 0 instead is what every loan has.
KINDS = ("<i1", "<i2", "<i4", "<i8")
CHECK_BYTES = 4


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """The files of one cell."""

    folder: Path

    def write(self, nr: int, token: bytes, chunk: Chunk) -> None:
        """Write a chunk's file beside that of the day before, which stays until it is dropped."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kinds = [_kind(column) for column in chunk.columns]
        header = {
            "layout": LAYOUT,
            "width": WIDTH,
            "token": token.hex(),
            "loans": chunk.columns.shape[1],
            "kinds": kinds,
            "pairs": chunk.pairs,
        }
        path = self._path(nr, token)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            check = _write(file, json.dumps(header).encode() + b"\n", 0)
            for column in _narrowed(chunk.columns, kinds):
                check = _write(file, column, check)
            file.write(check.to_bytes(CHECK_BYTES, "little"))
        fresh.replace(path)

    def read(self, nr: int, token: bytes) -> Chunk | None:
        """Return a chunk as it was written with this token; None when it is not to be had."""
        try:
            with self._path(nr, token).open("rb") as file:
                line = file.readline(HEADER_MAX)
                header = json.loads(line)
                if not self._is_believed(header, token):
                    return None
                columns = _columns(header, file.read(), zlib.crc32(line))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if columns is None:
            return None
        pairs = [(lender, product) for lender, product in header["pairs"]]
        return Chunk(pairs, columns)

    def has(self, nr: int, token: bytes) -> bool:
        """Tell whether a chunk could be read with this token."""
        try:
            with self._path(nr, token).open("rb") as file:
                return self._is_believed(json.loads(file.readline(HEADER_MAX)), token)
        except (OSError, ValueError):
            return False

    def drop_others(self, nr: int, token: bytes) -> None:
        """Remove the chunk's files of other days."""
        for path in self.folder.glob(f"{nr:05d}*"):
            if path != self._path(nr, token):
                path.unlink(missing_ok=True)

    def _path(self, nr: int, token: bytes) -> Path:
        # A name of its own: to replace a file makes the disk take in the new one at once.
        return self.folder / f"{nr:05d}-{token.hex()}.segments"

    @staticmethod
    def _is_believed(header: dict[str, object], token: bytes) -> bool:
        found = (header.get("layout"), header.get("width"), header.get("token"))
        return found == (LAYOUT, WIDTH, token.hex())


def _kind(column: Ints) -> str | int:
    """Return the narrowest kind that holds a column, or 0 where it is all of it."""
    least, most = int(column.min(initial=0)), int(column.max(initial=0))
    if least == most:
        return 0
    return next(
        kind for kind in KINDS if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max
    )


def _narrowed(columns: Ints, kinds: Sequence[str | int]) -> Iterator[memoryview]:
    """Yield each column that is not one figure as it lies in the file, in memory used again."""
    room = np.empty(columns.shape[1], dtype=np.int64)  # new memory costs more than the work
    for column, kind in zip(columns, kinds, strict=True):
        if isinstance(kind, str):
            narrow = room.view(kind)[: len(column)]
            narrow[:] = column
            yield narrow.data


def _write(file: BinaryIO, part: bytes | memoryview, check: int) -> int:
    """Write a part; return the figure that any byte lost, torn or put elsewhere would change."""
    file.write(part)
    return zlib.crc32(part, check)


def _columns(header: dict[str, object], rest: bytes, check: int) -> Ints | None:
    """Return the columns of a file; None where a byte of it is not as it was written."""
    kinds, loans = header["kinds"], header["loans"]
    if not isinstance(kinds, list) or not isinstance(loans, int) or len(kinds) != WIDTH:
        return None
    body = memoryview(rest)[:-CHECK_BYTES]
    if zlib.crc32(body, check).to_bytes(CHECK_BYTES, "little") != rest[-CHECK_BYTES:]:
        return None
    columns, start = np.empty((WIDTH, loans), dtype=np.int64), 0
    for column, kind in zip(columns, kinds, strict=True):
        if isinstance(kind, int):
            column[:] = kind
            continue
        narrow = np.frombuffer(body, np.dtype(KINDS[KINDS.index(kind)]), loans, start)
        column[:] = narrow
        start += narrow.nbytes
    return columns if start == len(body) else None
