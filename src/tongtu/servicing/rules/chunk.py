"""A chunk of loans as columns: taking in what changed, and closing a day of it. Pure.

Rows stand in runs of one book (lender and product), those on time apart from those that need a
closer look: sums are sums of runs, and the few late loans lie together in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, unique

import numpy as np

from tongtu.servicing.rules.close import close, totals
from tongtu.servicing.rules.delinquency import (
    OverduePause,
    Standards,
    Standing,
    judge,
    overdue_days,
)
from tongtu.servicing.rules.snapshot import SEGMENT, Column, Ints, Snapshots

Pair = tuple[int, str]  # lender, product


@unique
class Own(IntEnum):
    """What a chunk keeps of a loan beside its segment."""

    LOAN = SEGMENT
    BOOK = SEGMENT + 1  # place in the chunk's pairs
    SEQ = SEGMENT + 2  # of the last event that is in
    INTEREST = SEGMENT + 3  # as posted by the last close
    FEE = SEGMENT + 4
    STANDING = SEGMENT + 5  # `Standing.packed`


WIDTH = SEGMENT + len(Own)


@dataclass(slots=True)
class Chunk:
    """The loans of a range of ids as the last close left them."""

    pairs: list[Pair] = field(default_factory=list)
    columns: Ints = field(default_factory=lambda: np.empty((WIDTH, 0), dtype=np.int64))

    def ended(self, day: int) -> Ints:
        """Return the loans whose segment does not reach to `day`."""
        ended: Ints = self.columns[Own.LOAN][self.columns[Column.UNTIL] <= day]
        return ended

    def runs(self) -> tuple[Ints, Ints, Ints]:
        """Return where each run starts and ends, and whose book it is; loans rise within a run."""
        keys = self._keys()
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        ends = np.append(starts, len(keys))[1:]
        return starts, ends, keys[starts] >> 1

    def put_in_order(self) -> None:
        """Bring together what belongs together, if anything lies elsewhere."""
        keys = self._keys()
        rise = np.diff(keys)
        if ((rise < 0) | ((rise == 0) & (np.diff(self.columns[Own.LOAN]) < 0))).any():
            self.columns = self.columns[:, np.lexsort((self.columns[Own.LOAN], keys))]

    def _keys(self) -> Ints:
        keys: Ints = self.columns[Own.BOOK] << 1 | (self.columns[Column.OLDEST] != 0)
        return keys


@dataclass(frozen=True, slots=True)
class Fresh:
    """Loans read anew, in any order. `marked_on` is the day as of which `marked_*` is posted.

    `posted_by` are the snapshots the last close posted by, where they say otherwise than now.
    """

    loans: Sequence[int]
    pairs: Sequence[Pair]
    snapshots: Sequence[bytes]
    is_live: Sequence[bool]
    seq: Sequence[int]
    marked_on: Sequence[int]
    marked_interest: Sequence[int]
    marked_fee: Sequence[int]
    standing: Sequence[int] | None = None  # None: as the chunk knows it
    posted_by: Sequence[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """A chunk at the end of a day: one array a figure, in the chunk's order; and sums per book."""

    chunk: Chunk
    dpd: Ints
    accrued_interest: Ints
    accrued_fee: Ints
    sums: dict[Pair, tuple[int, ...]]  # loans, principal, interest, fee, accrued interest and fee
    changed: Ints  # places of loans whose standing changed
    gone: tuple[int, ...]  # loans that are settled now and had a standing


def take_in(chunk: Chunk, fresh: Fresh, before: int) -> list[int]:
    """Replace, add and drop loans as `fresh` says; `before` is the last day closed.

    Returns the loans that were dropped while they had a standing.
    """
    rows = _rows(chunk, fresh, before)
    places = _places(chunk, rows[Own.BOOK], rows[Own.LOAN])
    is_known = places >= 0
    if fresh.standing is None:
        rows[Own.STANDING, is_known] = chunk.columns[Own.STANDING, places[is_known]]
    is_live = np.array(fresh.is_live, dtype=bool)
    chunk.columns[:, places[is_known & is_live]] = rows[:, is_known & is_live]
    is_gone, is_new = is_known & ~is_live, ~is_known & is_live
    gone: list[int] = rows[Own.LOAN, is_gone & (rows[Own.STANDING] != 0)].tolist()
    if is_gone.any() or is_new.any():
        kept = np.delete(chunk.columns, places[is_gone], axis=1)
        chunk.columns = np.concatenate([kept, rows[:, is_new]], axis=1)
    chunk.put_in_order()
    return gone


def close_chunk(
    chunk: Chunk,
    day: int,
    standards: Standards,
    paused: Mapping[int, Sequence[OverduePause]],
    gone: Sequence[int],
) -> Closed:
    """Close `day` (an ordinal) for all loans of the chunk, and note it in its columns.

    `paused` has the days that do not count for single loans, which are few.
    """
    columns = chunk.columns
    closing = close(columns, day)
    accrued_interest = closing.interest - columns[Own.INTEREST]
    accrued_fee = columns[Column.FEE] - columns[Own.FEE]
    columns[Own.INTEREST] = closing.interest
    columns[Own.FEE] = columns[Column.FEE]
    dpd = closing.dpd
    for place in np.flatnonzero(np.isin(columns[Own.LOAN], list(paused))).tolist():
        if (oldest := int(columns[Column.OLDEST, place])) > 0:
            pauses = paused[int(columns[Own.LOAN, place])]
            dpd[place] = overdue_days(date.fromordinal(oldest), date.fromordinal(day), pauses)
    sparse = np.flatnonzero((dpd | columns[Own.STANDING]) != 0)
    old = columns[Own.STANDING, sparse]
    new = judge(standards, Standing.unpack(old), dpd[sparse], day).packed()
    columns[Own.STANDING, sparse] = new
    starts, ends, books = chunk.runs()
    figures = (columns[Column.PRINCIPAL], closing.interest, columns[Own.FEE], accrued_interest,
               accrued_fee)  # fmt: skip
    sums = [(ends - starts).tolist(), *(totals(starts, one).tolist() for one in figures)]
    by_pair: dict[Pair, tuple[int, ...]] = {}
    for book, *line in zip(books.tolist(), *sums, strict=True):
        pair = chunk.pairs[book]
        so_far = by_pair.get(pair, (0,) * len(line))
        by_pair[pair] = tuple(old + more for old, more in zip(so_far, line, strict=True))
    return Closed(
        chunk,
        dpd,
        accrued_interest,
        accrued_fee,
        by_pair,
        sparse[new != old],
        tuple(gone),
    )


def _rows(chunk: Chunk, fresh: Fresh, before: int) -> Ints:
    """Return the fresh loans as columns, with what is posted of them as of the last close."""
    numbers = {pair: number for number, pair in enumerate(chunk.pairs)}
    for pair in dict.fromkeys(fresh.pairs):
        if pair not in numbers:
            numbers[pair] = len(chunk.pairs)
            chunk.pairs.append(pair)
    snapshots = Snapshots(fresh.snapshots)
    then = (snapshots if fresh.posted_by is None else Snapshots(fresh.posted_by)).on(before)
    is_marked = np.array(fresh.marked_on, dtype=np.int64) == before
    rows = np.empty((WIDTH, len(fresh.loans)), dtype=np.int64)
    rows[:SEGMENT] = snapshots.on(before + 1)
    rows[Own.LOAN] = fresh.loans
    rows[Own.BOOK] = [numbers[pair] for pair in fresh.pairs]
    rows[Own.SEQ] = fresh.seq
    rows[Own.INTEREST] = np.where(is_marked, fresh.marked_interest, close(then, before).interest)
    rows[Own.FEE] = np.where(is_marked, fresh.marked_fee, then[Column.FEE])
    rows[Own.STANDING] = 0 if fresh.standing is None else fresh.standing
    return rows


def _places(chunk: Chunk, books: Ints, loans: Ints) -> Ints:
    """Return where each loan stands in the chunk, -1 where it does not."""
    found = np.full(len(loans), -1, dtype=np.int64)
    for start, end, owner in zip(*chunk.runs(), strict=True):
        wanted = np.flatnonzero(books == owner)
        run = chunk.columns[Own.LOAN, start:end]
        at = np.searchsorted(run, loans[wanted])
        at_most = np.minimum(at, len(run) - 1)
        is_there = run[at_most] == loans[wanted]
        found[wanted[is_there]] = start + at_most[is_there]
    return found
