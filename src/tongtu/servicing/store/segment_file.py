"""Chunks between two day ends, as files beside the database: a cache that may be lost at any time.

A file is written whole and renamed. It is believed only when its token is the one the database has
for the day, and when this machine was not started anew since (then the disk may hold half of it).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tongtu.servicing.rules.chunk import WIDTH, Chunk
from tongtu.servicing.rules.snapshot import LAYOUT

BOOT = Path("/proc/sys/kernel/random/boot_id")
HEADER_MAX = 1 << 20  # thousands of books


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
            "boot": _boot(),
            "token": token.hex(),
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
        pairs = [(lender, product) for lender, product in header["pairs"]]
        return Chunk(pairs, columns.reshape(WIDTH, header["loans"]))

    def has(self, nr: int, token: bytes) -> bool:
        """Tell whether a chunk could be read with this token."""
        try:
            with (self.folder / f"{nr:05d}.segments").open("rb") as file:
                return self._is_believed(json.loads(file.readline(HEADER_MAX)), token)
        except (OSError, ValueError):
            return False

    @staticmethod
    def _is_believed(header: dict[str, object], token: bytes) -> bool:
        found = (header.get("layout"), header.get("width"), header.get("boot"), header.get("token"))
        return found == (LAYOUT, WIDTH, _boot(), token.hex())


def _boot() -> str:
    try:
        return BOOT.read_text().strip()
    except OSError:  # not Linux: every day end reads all loans
        return "unknown"
