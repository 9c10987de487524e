"""Roll rates: from which bucket into which the loans of one closed day had moved by another.

Read from the evidence of the two days, so they are what was proved then, to the loan.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from tongtu.kernel.errors import BadInput, Broken, NotFound
from tongtu.runtime.api import Runtime
from tongtu.servicing.store.day import find_step
from tongtu.servicing.store.day_file import LATE_PART, DayFiles, day_folder, part_name

# Beside the buckets: a loan opened after the first day; one settled by the last.
NEW, SETTLED = "new", "settled"
_COLUMNS = ("loan", "bucket", "principal_minor", "interest_minor", "fee_minor")


@dataclass(frozen=True, slots=True)
class Roll:
    """How many loans went from one bucket to another, and their principal on the first day.

    A new loan counts with its principal on the last day.
    """

    before: str
    after: str
    loans: int
    principal_minor: int


async def roll_rates(runtime: Runtime, first: date, last: date) -> list[Roll]:
    """Return the moves of all loans between the ends of two closed days, over all cells.

    Raises:
        BadInput: the days are not in order.
        NotFound: a day is not closed, or its evidence is not on this machine.
        Broken: an evidence file is not the one the day was closed with.
    """
    if first >= last:
        raise BadInput("the first day comes before the last", fields={"last": "not later"})
    moves: dict[tuple[str, str], tuple[int, int]] = {}
    for cell in range(runtime.settings.cells):
        frames = []
        for day in (first, last):
            parts = await _parts(runtime, cell, day)
            folder = day_folder(runtime.settings.home, cell, day)
            frames.append(await asyncio.to_thread(_loans_of, folder, parts))
        for before, after, loans, principal in await asyncio.to_thread(_moves, *frames):
            old = moves.get((before, after), (0, 0))
            moves[before, after] = (old[0] + loans, old[1] + principal)
    return [Roll(*key, *moves[key]) for key in sorted(moves)]


async def _parts(runtime: Runtime, cell: int, day: date) -> list[bytes]:
    async with runtime.database.reading() as connection:
        step = await find_step(connection, cell, day, "closed")
        begun = await find_step(connection, cell, day, "begun")
    if step is None or begun is None:
        raise NotFound(f"{day} is not closed with evidence of single loans")
    parts = [bytes.fromhex(part) for part in json.loads(step.body)["parts"]]
    if len(parts) not in {json.loads(begun.body)["chunks"] + extra for extra in (0, 1)}:
        raise Broken(f"the evidence of {day} names {len(parts)} parts", code="evidence_broken")
    return parts


def _loans_of(folder: Path, parts: list[bytes]) -> pl.DataFrame:
    """Return each loan's bucket and principal; the late part has the last word."""
    files = DayFiles(folder)
    names = [part_name(nr) for nr in range(len(parts))]
    if not files.path(names[-1]).exists():
        names[-1] = LATE_PART
    frames = []
    for name, sha256 in zip(names, parts, strict=True):
        if not files.path(name).exists():
            raise NotFound(f"the evidence of {folder.name} is not on this machine")
        if not files.is_whole(name, sha256):
            raise Broken(f"{name} of {folder.name} was changed", code="evidence_broken")
        frames.append(files.read(name).select(_COLUMNS))
    found = pl.concat(frames).unique("loan", keep="last", maintain_order=False)
    is_owed = (pl.col("principal_minor") != 0) | (pl.col("interest_minor") != 0)
    return found.filter(is_owed | (pl.col("fee_minor") != 0)).select(
        "loan", pl.col("bucket").cast(pl.String), "principal_minor"
    )


def _moves(first: pl.DataFrame, last: pl.DataFrame) -> list[tuple[str, str, int, int]]:
    joined = first.join(last, on="loan", how="full", coalesce=True, suffix="_after").select(
        pl.col("bucket").fill_null(NEW).alias("before"),
        pl.col("bucket_after").fill_null(SETTLED).alias("after"),
        pl.coalesce("principal_minor", "principal_minor_after").alias("principal"),
    )
    return (
        joined.group_by("before", "after")
        .agg(pl.len().cast(pl.Int64).alias("loans"), pl.col("principal").sum())
        .rows()
    )
