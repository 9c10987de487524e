"""The columnar form of a loan between two events: closed-form segments, read without its log.

A segment says how the loan's components grow from its first day until `UNTIL`, reckoned from
`SINCE`. Any product whose components are of this form closes with the same kernel
(`rules/close.py`). A snapshot is a cache of the fold, written in the commit of each event; a test
holds them equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique

import numpy as np
import numpy.typing as npt

from tongtu.kernel.errors import Broken
from tongtu.servicing.model import InstalmentState, LoanState

Ints = npt.NDArray[np.int64]

# A snapshot of another layout is made anew from the log when a day end meets it.
LAYOUT = 4
# The one before: read alike, but it had the overdue rate as signed where something unwound it.
SIGNED_RATE_LAYOUT = 3
HEAD = 4  # layout, outstanding principal, overdue rate, overdue interest paid
# First day, since, base, growth, period, ahead, fee, fen-days, late principal, oldest.
ROW = 10
# The last segment has no end.
FOR_EVER = 1 << 40
# Nothing is late, but overdue interest may be owed, or interest was paid ahead.
CLOSER = -1
# Interest times days stays below it, so that the kernel's quotients are exact.
INTEREST_DAYS_MAX = 1 << 50


@unique
class Column(IntEnum):
    """What a segment's place holds; amounts in minor units, days as ordinals, 0 for no day."""

    SINCE = 0
    UNTIL = 1
    PRINCIPAL = 2
    BASE = 3  # interest of earlier periods, claimed and not paid
    PERIOD_INTEREST = 4  # interest that grows evenly from SINCE to SINCE + PERIOD, rounded half up;
    PERIOD = 5  # 0 where UNTIL lies beyond that
    AHEAD = 6  # paid of PERIOD_INTEREST before it had grown: it counts as earned when paid
    FEE = 7  # fees due and not paid
    FEN_DAYS = 8  # overdue principal times days, up to SINCE
    LATE = 9  # principal that adds to FEN_DAYS each day
    RATE = 10  # overdue rate in basis points over 360 days
    OVERDUE_PAID = 11
    # Due date of the oldest instalment that still asks for money; else CLOSER; or 0, and then BASE,
    # AHEAD, FEN_DAYS, LATE are 0 too.
    OLDEST = 12


SEGMENT = len(Column)


def pack(state: LoanState) -> bytes:
    """Return the snapshot of a live loan: its segments from its last event on, as int64.

    It has all from the state: terms that something unwound do not count as they were signed.
    """
    numbers = [LAYOUT, state.outstanding_minor, state.overdue_rate_bps, state.paid_overdue_minor]
    last_on = state.last_on.toordinal()
    run = _Run([(a.toordinal(), b.toordinal()) for a, b in state.rests], last_on, state.fen_days)
    # What was earned before a row began is claimed from the first day on, whenever it falls due.
    base = sum(_carried(row) for row in state.rows)
    fee = sum(_carried_fee(row) for row in state.rows)
    oldest = 0
    since = state.rows[0].start.toordinal()
    for row in state.rows:
        until = row.due_date.toordinal()
        if last_on < until:
            since = row.start.toordinal()
            growing = row.interest_minor - row.carried_interest_minor
            ahead = row.paid_interest_minor - row.carried_interest_minor + _carried(row)
            for start, at_since, late in run.through(since, until):
                numbers += [start, since, base, growing, until - since, ahead, fee, at_since, late,
                            oldest or _closer(base, ahead, at_since, late)]  # fmt: skip
        base += row.interest_minor - row.paid_interest_minor - _carried(row)
        fee += row.fee_minor - row.paid_fee_minor - _carried_fee(row)
        run.late += row.principal_minor - row.paid_principal_minor
        oldest = oldest or (until if row.unpaid_minor > 0 else 0)
        since = until
    for start, at_since, late in run.through(since, FOR_EVER):
        closer = oldest or _closer(base, at_since, late)
        numbers += [start, since, base, 0, 1, 0, fee, at_since, late, closer]
    return np.array(numbers, dtype="<i8").tobytes()


@dataclass(slots=True)
class _Run:
    """Overdue fen-days as they run from the last event on, and stand still in the rests."""

    rests: list[tuple[int, int]]
    at: int
    fen_days: int
    late: int = 0  # principal past due

    def through(self, since: int, until: int) -> Iterator[tuple[int, int, int]]:
        """Yield the pieces of a stretch: its first day, the fen-days of `since`, growth a day.

        What a piece says of a day is reckoned from `since`, so its figure there may be unreal.
        """
        edges = {edge for pair in self.rests for edge in pair if max(since, self.at) < edge < until}
        starts = [since, *sorted(edges)]
        for start, end in zip(starts, [*starts[1:], until], strict=True):
            first = max(start, self.at)
            is_still = any(a <= first < b for a, b in self.rests)
            growth = 0 if is_still else self.late
            yield start, self.fen_days - growth * (first - since), growth
            self.fen_days += growth * max(end - first, 0)
            self.at = max(self.at, end)


def _carried(row: InstalmentState) -> int:
    """Return what is unpaid of the interest a row bears from before."""
    return max(row.carried_interest_minor - row.paid_interest_minor, 0)


def _carried_fee(row: InstalmentState) -> int:
    return max(row.carried_fee_minor - row.paid_fee_minor, 0)


def _closer(*figures: int) -> int:
    return CLOSER if any(figures) else 0


def is_current(snapshot: bytes) -> bool:
    """Tell whether the snapshot is of the layout that `Snapshots` reads."""
    return layout_of(snapshot) == LAYOUT and len(snapshot) >= 8 * (HEAD + ROW)


def layout_of(snapshot: bytes) -> int:
    """Return the layout a snapshot says it has."""
    return int.from_bytes(snapshot[:8], "little")


class Snapshots:
    """Many loans' snapshots side by side, in the order given; all of the current layout."""

    def __init__(self, snapshots: Sequence[bytes]) -> None:
        lengths = np.array([len(snapshot) >> 3 for snapshot in snapshots], dtype=np.int64)
        self._numbers = np.frombuffer(b"".join(snapshots), dtype="<i8")
        self._starts = np.cumsum(lengths) - lengths
        self._counts = (lengths - HEAD) // ROW

    def on(self, day: int) -> Ints:
        """Return each loan's segment of `day` (an ordinal), one row a column.

        A day before a loan's last event has its first segment, which does not speak of that day.
        """
        count = len(self._starts)
        owner = np.repeat(np.arange(count), self._counts)
        first = np.cumsum(self._counts) - self._counts
        place = np.arange(len(owner)) - first[owner]
        at = self._starts[owner] + HEAD + ROW * place
        has_begun = self._numbers[at] <= day
        chosen = np.zeros(count, dtype=np.int64)
        np.add.at(chosen, owner[has_begun], 1)
        chosen = np.maximum(chosen - 1, 0)
        at = self._starts + HEAD + ROW * chosen
        found = np.empty((SEGMENT, count), dtype=np.int64)
        is_last = chosen + 1 == self._counts
        found[Column.UNTIL] = np.where(
            is_last, FOR_EVER, self._numbers[np.where(is_last, at, at + ROW)]
        )
        found[Column.PRINCIPAL] = self._numbers[self._starts + 1]
        found[Column.RATE] = self._numbers[self._starts + 2]
        found[Column.OVERDUE_PAID] = self._numbers[self._starts + 3]
        for offset, column in enumerate(_FROM_ROW, start=1):
            found[column] = self._numbers[at + offset]
        grown_at_most = found[Column.PERIOD_INTEREST].max(initial=0) * found[Column.PERIOD].max(
            initial=0
        )
        if grown_at_most >= INTEREST_DAYS_MAX:
            raise Broken("an interest beyond all bounds")
        return found


_FROM_ROW = (
    Column.SINCE, Column.BASE, Column.PERIOD_INTEREST, Column.PERIOD, Column.AHEAD, Column.FEE,
    Column.FEN_DAYS, Column.LATE, Column.OLDEST,
)  # fmt: skip
