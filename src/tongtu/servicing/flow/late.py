"""What was paid or lent while the day was closing: counted again, before the day is posted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from tongtu.runtime.api import Connection
from tongtu.servicing.flow.chunk import Range, Run, current, evidence_of
from tongtu.servicing.rules.chunk import Chunk, Fresh, Pair, close_chunk, take_in
from tongtu.servicing.rules.delinquency import pack_standing
from tongtu.servicing.store import live
from tongtu.servicing.store.day_file import LATE_PART, part_name

FIGURES = ("principal_minor", "interest_minor", "fee_minor", "accrued_interest_minor",
           "accrued_fee_minor")  # fmt: skip
NONE = (0,) * (1 + len(FIGURES))


@dataclass(slots=True)
class Counted:
    """One loan: what its chunk counted, and what it comes to. Figures begin with 1 loan."""

    pair: Pair
    seq: int
    was: tuple[int, ...] = NONE
    stood: int = 0  # as its chunk has judged it today
    row: dict[str, int] = field(default_factory=dict)  # its evidence; empty once it is settled

    @property
    def difference(self) -> tuple[int, ...]:
        """What the loan adds to the sums of the chunks."""
        now = (1, *(self.row[name] for name in FIGURES)) if self.row else NONE
        return tuple(new - old for new, old in zip(now, self.was, strict=True))


@dataclass(slots=True)
class Late:
    """The loans that changed after their chunk was read."""

    run: Run
    ranges: Sequence[Range]
    horizon: int
    counted: dict[int, Counted] = field(default_factory=dict)

    async def catch_up(self, connection: Connection) -> int:
        """Count again every loan with an event that is not in; return how many those were.

        Under the books' lock nothing is left behind.
        """
        changed = await live.changed_since(connection, self.run.cell, self.horizon)
        now = await live.seqs(connection, self.run.cell, changed.loans.tolist())
        known = {loan: one.seq for loan, one in self.counted.items()}
        unknown = np.array([loan for loan in now if loan not in known], dtype=np.int64)
        before = await asyncio.to_thread(self._counted_by_chunks, unknown)
        stale = [
            loan for loan, seq in now.items()
            if seq != (known.get(loan) or (before[loan]["seq"] if loan in before else 0))
        ]  # fmt: skip
        for start in range(0, len(stale), live.PAGE):
            page = await live.read_these(
                connection, self.run.cell, stale[start : start + live.PAGE]
            )
            self._count(await current(connection, self.run, page), before)
        self.horizon = changed.horizon
        return len(stale)

    def differences(self) -> Iterator[tuple[Pair, tuple[int, ...]]]:
        """Yield what each loan adds to its book's sums."""
        for one in self.counted.values():
            yield one.pair, one.difference

    def write(self) -> bytes | None:
        """Write the late part of the evidence; None when no loan is late."""
        if not self.counted:
            return None
        pairs = sorted({one.pair for one in self.counted.values()})
        rows = [
            {**dict.fromkeys(_ROW, 0), **one.row, "loan": loan, "seq": one.seq,
             "book": pairs.index(one.pair)}
            for loan, one in sorted(self.counted.items())
        ]  # fmt: skip
        columns = {name: np.array([row[name] for row in rows], dtype=np.int64) for name in _ROW}
        return self.run.files.write(LATE_PART, pairs, columns)

    def _counted_by_chunks(self, loans: np.typing.NDArray[np.int64]) -> dict[int, dict[str, int]]:
        """Return the evidence rows of these loans, as their chunks wrote them."""
        found: dict[int, dict[str, int]] = {}
        for part in self.ranges:
            wanted = loans[(loans > part.above) & (loans <= part.through)]
            if len(wanted):
                frame = self.run.files.read(part_name(part.nr))
                rows = frame.filter(pl.col("loan").is_in(wanted.tolist())).to_dicts()
                found.update({row["loan"]: row for row in rows})
        return found

    def _count(self, fresh: Fresh, before: dict[int, dict[str, int]]) -> None:
        """Close the day for the loans of `fresh` alone.

        How they stand in law is noted by the next day end. What their chunk has found to be held
        today is held in the evidence, too.
        """
        for loan, pair, seq in zip(fresh.loans, fresh.pairs, fresh.seq, strict=True):
            if loan not in self.counted:
                self.counted[loan] = _counted(pair, seq, before.get(loan))
        stood = [self.counted[loan].stood for loan in fresh.loans]
        rows = close_alone(self.run, replace(fresh, standing=stood))
        for loan, seq in zip(fresh.loans, fresh.seq, strict=True):
            one = self.counted[loan]
            one.seq, one.row = seq, rows[loan][1] if loan in rows else {}


def _counted(pair: Pair, seq: int, row: dict[str, int] | None) -> Counted:
    """Return a loan as its chunk counted it; `row` is its evidence there, if it has any."""
    if row is None:
        return Counted(pair, seq)
    stood = pack_standing(row["bucket"], row["grade"], row["stage"], None)
    return Counted(pair, seq, (1, *(row[name] for name in FIGURES)), stood)


def close_alone(run: Run, fresh: Fresh) -> dict[int, tuple[Pair, dict[str, int]]]:
    """Return the evidence that the day leaves of single loans, by id, with whose book each is in.

    A loan that is not live has none.
    """
    chunk = Chunk()
    take_in(chunk, fresh, run.before)
    closed = close_chunk(chunk, run.day.toordinal(), run.standards, run.paused, ())
    columns = {name: column.tolist() for name, column in evidence_of(closed).items()}
    return {
        loan: (
            chunk.pairs[columns["book"][place]],
            {name: column[place] for name, column in columns.items()},
        )
        for place, loan in enumerate(columns["loan"])
    }


_ROW = ("loan", "book", "seq", *FIGURES, "dpd", "bucket", "grade", "stage")
