"""One chunk of a day end: read what changed, close, write evidence, note it in one commit.

No lock is taken: payments go on, and `flow/late.py` takes in what they changed. A chunk may be
made again at any time before its day is closed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.runtime.api import Connection, Runtime, get_logger
from tongtu.servicing.rules.chunk import Chunk, Closed, Fresh, Own, close_chunk, take_in
from tongtu.servicing.rules.delinquency import OverduePause, Standards, Standing
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.snapshot import LAYOUT, Column, is_current, layout_of, pack
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import live
from tongtu.servicing.store import loan as loan_store
from tongtu.servicing.store.day_file import DayFiles, part_name
from tongtu.servicing.store.segment_file import SegmentFiles

TOKEN_BYTES = 16
log = get_logger("servicing")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a cell's day end: what all its chunks share."""

    runtime: Runtime
    cell: int
    day: date
    standards: Standards
    segments: SegmentFiles
    files: DayFiles
    prior: dict[int, day_store.ChunkDone]  # of the day before
    changed: live.Changed
    paused: dict[int, list[OverduePause]]
    posted_by: int  # the layout of the snapshots that the day before was closed by

    @property
    def before(self) -> int:
        """The last day closed, as an ordinal."""
        return self.day.toordinal() - 1


@dataclass(frozen=True, slots=True)
class Range:
    """The loans with above < id <= through."""

    nr: int
    above: int
    through: int


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A chunk as of yesterday, what was read anew, and who was found settled without being in."""

    chunk: Chunk
    fresh: Sequence[Fresh]
    gone: Sequence[int] = ()


async def run_chunk(run: Run, part: Range) -> day_store.ChunkDone:
    """Close the day for the loans of a range."""
    loaded = await _load(run, part)
    token = run.runtime.entropy.bytes(TOKEN_BYTES)
    closed, sha256 = await asyncio.to_thread(_close, run, part, loaded, token)
    columns = closed.chunk.columns
    body = [[*pair, *figures] for pair, figures in closed.sums.items()]
    done = day_store.ChunkDone(
        nr=part.nr,
        above=part.above,
        through=part.through,
        loans=columns.shape[1],
        horizon=run.changed.horizon,
        token=token,
        part_sha256=sha256,
        body=json.dumps(body, separators=(",", ":")),
    )
    loans = columns[Own.LOAN, closed.changed]
    standing = Standing.unpack(columns[Own.STANDING, closed.changed])
    async with run.runtime.database.transaction() as connection:
        await live.set_standing(connection, run.cell, loans, standing, run.day)
        await live.unset_standing(connection, run.cell, closed.gone)
        await day_store.put_chunk(connection, run.cell, run.day, done, run.runtime.clock.now())
    return done


def is_done(run: Run, part: Range, done: day_store.ChunkDone | None) -> bool:
    """Tell whether an earlier run has closed the range, and its files are whole."""
    return (
        done is not None
        and (done.above, done.through) == (part.above, part.through)
        and run.segments.has(part.nr, done.token)
        and run.files.is_whole(part_name(part.nr), done.part_sha256)
    )


def evidence_of(closed: Closed) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of a day's evidence."""
    columns = closed.chunk.columns
    standing = Standing.unpack(columns[Own.STANDING])
    return {
        "loan": columns[Own.LOAN],
        "book": columns[Own.BOOK],
        "seq": columns[Own.SEQ],
        "principal_minor": columns[Column.PRINCIPAL],
        "interest_minor": columns[Own.INTEREST],
        "fee_minor": columns[Own.FEE],
        "accrued_interest_minor": closed.accrued_interest,
        "accrued_fee_minor": closed.accrued_fee,
        "dpd": closed.dpd,
        "bucket": standing.bucket,
        "grade": standing.grade,
        "stage": standing.stage + 1,
    }


async def current(connection: Connection, run: Run, fresh: Fresh) -> Fresh:
    """Return `fresh` with every snapshot of the layout of now; an older one is folded anew.

    What a close under an older layout posted by it is told too, so that this one posts what the
    two differ by.
    """
    cell = run.cell
    stale = [place for place, snapshot in enumerate(fresh.snapshots) if not is_current(snapshot)]
    if not stale:
        return fresh
    snapshots = list(fresh.snapshots)
    loans = [fresh.loans[place] for place in stale]
    terms = await live.terms_of(connection, cell, loans)
    events = await loan_store.events_of(connection, cell, loans)
    for place, loan in zip(stale, loans, strict=True):
        log_of_loan = [entered.event for entered in events[loan]]
        last_on = max(event.value_date for event in log_of_loan)
        snapshots[place] = pack(fold(terms[loan], log_of_loan, last_on))
    if run.posted_by == LAYOUT:
        return replace(fresh, snapshots=snapshots)
    posted_by = [
        old if layout_of(old) == run.posted_by else new
        for old, new in zip(fresh.snapshots, snapshots, strict=True)
    ]
    return replace(fresh, snapshots=snapshots, posted_by=posted_by)


async def _load(run: Run, part: Range) -> _Loaded:
    """Return the chunk as of yesterday, and the loans that are to be read anew for today."""
    prior = run.prior.get(part.nr)
    if prior is not None and prior.above == part.above:
        chunk = await asyncio.to_thread(run.segments.read, part.nr, prior.token)
        if chunk is not None:
            return _Loaded(chunk, await _read_changed(run, part, chunk))
    return await _read_all(run, part)


async def _read_changed(run: Run, part: Range, chunk: Chunk) -> list[Fresh]:
    first, last = np.searchsorted(run.changed.loans, [part.above, part.through], side="right")
    ended = chunk.ended(run.day.toordinal())
    wanted = np.union1d(run.changed.loans[first:last], ended).tolist()
    pages = []
    async with run.runtime.database.reading() as connection:
        for start in range(0, len(wanted), live.PAGE):
            page = await live.read_these(connection, run.cell, wanted[start : start + live.PAGE])
            pages.append(await current(connection, run, page))
    return pages


async def _read_all(run: Run, part: Range) -> _Loaded:
    pages: list[Fresh] = []
    above = part.above
    async with run.runtime.database.reading() as connection:
        # Who was settled is in no page: nothing but its row remembers how it stood.
        gone = await live.gone(connection, run.cell, part.above, part.through)
        while True:
            page = await live.read_page(connection, run.cell, above, part.through)
            if not page.loans:
                return _Loaded(Chunk(), pages, gone)
            pages.append(await current(connection, run, page))
            above = page.loans[-1]


def _close(run: Run, part: Range, loaded: _Loaded, token: bytes) -> tuple[Closed, bytes]:
    chunk = loaded.chunk
    gone = [loan for page in loaded.fresh for loan in take_in(chunk, page, run.before)]
    closed = close_chunk(
        chunk, run.day.toordinal(), run.standards, run.paused, [*loaded.gone, *gone]
    )
    sha256 = run.files.write(part_name(part.nr), chunk.pairs, evidence_of(closed))
    run.segments.write(part.nr, token, chunk)
    return closed, sha256
