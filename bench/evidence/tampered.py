"""A log of many entries as tiles: every proof verified, then copies changed in every way."""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tongtu.witness.api import (
    Asked,
    Signer,
    check_log,
    checkpoint_text,
    leaf_hash,
    root_of,
    write_log,
)
from tongtu.witness.tiles import pack_entries, tile_path

SIGNER = Signer.of("bench", hashlib.sha256(b"bench").digest())
WIDTH = 256
Change = Callable[[list[bytes], int], list[bytes]]


def tamper(size: int) -> list[dict[str, Any]]:
    """Return one row a case: what was done, what the check told, and whether it named it."""
    draw = random.Random(20261124)
    entries = [hashlib.sha256(f"bench/{n}".encode()).digest() for n in range(size)]
    rows = []
    with tempfile.TemporaryDirectory(prefix="tongtu-log-") as folder:
        whole = Path(folder) / "whole"
        note = _note(entries)
        write_log(whole, note, ((one, f"movement {n}") for n, one in enumerate(entries)))
        began = time.process_time()
        found = check_log(whole, Asked(SIGNER.key))
        took = time.process_time() - began
        told = f"{found.proofs:,} proofs verified in {took:.1f} s CPU {found.finding}"
        rows.append({"what": "untouched", "told": told, "found": found.proofs == size})
        for what, change, wanted in _changes():
            at = draw.randrange(size - 2)
            copy = Path(folder) / "copy"
            shutil.copytree(whole, copy)
            _lay_out(copy, change(list(entries), at))
            told = check_log(copy, Asked(SIGNER.key)).finding
            rows.append({"what": f"{what} at {at}", "told": told,
                         "found": told.startswith(wanted.format(at=at, next=at + 1))})  # fmt: skip
            shutil.rmtree(copy)
        rows.append(_cut(Path(folder) / "cut", entries, note))
    return rows


def _changes() -> list[tuple[str, Change, str]]:
    return [
        ("one byte flipped", _flip, "entry {at} was changed"),
        ("row deleted", lambda rows, at: rows[:at] + rows[at + 1 :], "entry {at} is missing"),
        ("two rows exchanged", _swap, "entry {next} stands at {at}"),
        ("row inserted", lambda rows, at: [*rows[:at], b"x" * 32, *rows[at:]],
         "entry {at} was inserted"),
    ]  # fmt: skip


def _flip(rows: list[bytes], at: int) -> list[bytes]:
    rows[at] = bytes([rows[at][0] ^ 1]) + rows[at][1:]
    return rows


def _swap(rows: list[bytes], at: int) -> list[bytes]:
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    return rows


def _cut(folder: Path, entries: list[bytes], kept: str) -> dict[str, Any]:
    """Cut the tail off with an older checkpoint: only the root kept outside can tell."""
    size = len(entries) * 9 // 10
    write_log(folder, _note(entries[:size]), ((one, "") for one in entries[:size]))
    told = check_log(folder, Asked(SIGNER.key, outside=kept)).finding
    alone = check_log(folder, Asked(SIGNER.key)).is_whole
    wanted = f"the tail is missing: entries {size}..{len(entries) - 1} "
    return {"what": f"tail cut off at {size}", "told": f"{told} (by the outside root)",
            "found": alone and told.startswith(wanted)}  # fmt: skip


def _note(entries: list[bytes]) -> str:
    root = root_of([leaf_hash(one) for one in entries])
    return SIGNER.sign(checkpoint_text(SIGNER.name, len(entries), root))


def _lay_out(folder: Path, entries: list[bytes]) -> None:
    """Write the entries anew, as somebody does who changes a copy; hashes stay as they were."""
    shutil.rmtree(folder / "tile/entries")
    for start in range(0, len(entries), WIDTH):
        tile = entries[start : start + WIDTH]
        path = folder / tile_path("tile/entries", start // WIDTH, len(tile))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack_entries(tile))
