"""Chunks between two day ends, as files beside the database: a cache that may be lost at any time.

A file is written whole and renamed, and not waited for: a machine that loses power may keep half of
it. So it is believed only when its token is the one the database has for the day, and its contents
are those it was written with.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tongtu.servicing.rules.chunk import WIDTH, Chunk
from tongtu.servicing.rules.snapshot import LAYOUT, Ints

HEADER_MAX = 1 << 20  # thousands of books
BLOCK = (
    4_096  # loans whose sums are one figure of the check: a tenth of the time of a check by bytes
)


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """The files of one cell."""

    folder: Path

    def write(self, nr: int, token: bytes, chunk: Chunk) -> None:
        """Replace a chunk's file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        header = {
            "layout": LAYOUT,
            "width": WIDTH,
            "token": token.hex(),
            "check": _check(chunk.columns),
            "loans": chunk.columns.shape[1],
            "pairs": chunk.pairs,
        }
        path = self.folder / f"{nr:05d}.segments"
        fresh = path.with_suffix(".new")
        with fresh.open("wb", buffering=0) as file:
            file.write(json.dumps(header).encode() + b"\n")
            np.ascontiguousarray(chunk.columns).tofile(file)
        fresh.replace(path)

    def read(self, nr: int, token: bytes) -> Chunk | None:
        """Return a chunk as it was written with this token; None when it is not to be had."""
        try:
            with (self.folder / f"{nr:05d}.segments").open("rb") as file:
                header = json.loads(file.readline(HEADER_MAX))
                if not self._is_believed(header, token):
                    return None
                columns = np.fromfile(file, dtype=np.int64)
        except (OSError, ValueError):
            return None
        if len(columns) != WIDTH * header["loans"]:
            return None
        chunk = columns.reshape(WIDTH, header["loans"])
        if _check(chunk) != header["check"]:
            return None
        pairs = [(lender, product) for lender, product in header["pairs"]]
        return Chunk(pairs, chunk)

    def has(self, nr: int, token: bytes) -> bool:
        """Tell whether a chunk could be read with this token."""
        try:
            with (self.folder / f"{nr:05d}.segments").open("rb") as file:
                return self._is_believed(json.loads(file.readline(HEADER_MAX)), token)
        except (OSError, ValueError):
            return False

    @staticmethod
    def _is_believed(header: dict[str, object], token: bytes) -> bool:
        found = (header.get("layout"), header.get("width"), header.get("token"))
        return found == (LAYOUT, WIDTH, token.hex())


def _check(columns: Ints) -> int:
    """Return a figure that a page which was lost, torn or put elsewhere would change."""
    starts = np.arange(0, columns.shape[1], BLOCK)
    sums = np.add.reduceat(columns, starts, axis=1) if len(starts) else columns
    return zlib.crc32(np.ascontiguousarray(sums).data)
