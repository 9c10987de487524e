"""The evidence of a day as parquet: what each loan came to. Durable before their commit."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

LATE_PART = "late"
COLUMNS = {
    "loan": np.int64,
    "book": np.int16,
    "seq": np.int32,
    "principal_minor": np.int64,
    "interest_minor": np.int64,
    "fee_minor": np.int64,
    "accrued_interest_minor": np.int64,
    "accrued_fee_minor": np.int64,
    "dpd": np.int32,
    "bucket": np.int8,
    "grade": np.int8,
    "stage": np.int8,
}


@dataclass(frozen=True, slots=True)
class DayFiles:
    """The folder of one cell's day. A loan of the late part replaces its row of another part."""

    folder: Path

    def path(self, name: str) -> Path:
        """Return where a part lies."""
        return self.folder / f"{name}.parquet"

    def write(
        self, name: str, pairs: list[tuple[int, str]], columns: Mapping[str, npt.NDArray[Any]]
    ) -> bytes:
        """Write a part durably; return its SHA-256."""
        self.folder.mkdir(parents=True, exist_ok=True)
        frame = pl.DataFrame(
            {key: columns[key].astype(kind, copy=False) for key, kind in COLUMNS.items()}
        )
        path = self.path(name)
        fresh = path.with_suffix(".new")
        frame.write_parquet(
            fresh, compression="lz4", statistics=False, metadata={"books": json.dumps(pairs)}
        )
        with fresh.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return digest

    def read(self, name: str) -> pl.DataFrame:
        """Return a part. Raises FileNotFoundError."""
        return pl.read_parquet(self.path(name))

    def is_whole(self, name: str, sha256: bytes) -> bool:
        """Tell whether the part is there as it was written."""
        try:
            with self.path(name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").digest() == sha256
        except OSError:
            return False


def part_name(nr: int) -> str:
    """Return the name of a chunk's part."""
    return f"part-{nr:05d}"


def day_folder(home: Path, cell: int, day: date) -> Path:
    """Return the folder of a cell's day."""
    return home / "day-ends" / f"cell-{cell}" / day.isoformat()
