"""The kernel of the day end: what every loan comes to on a day, from its segment alone. Pure.

It works in blocks that stay in a core's cache, and lets other threads run meanwhile. One division
is done in float, and is exact: for ints a >= 0, b > 0 with a + b < 2^53 the rounded quotient a/b
never reaches the next integer, since that is at least 1/b away and half a step of a double there is
less. `Snapshots.on` refuses what is not so small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongtu.servicing.rules.fold import OVERDUE_DIVISOR
from tongtu.servicing.rules.snapshot import Column, Ints

# Eight columns of so many rows fill a second-level cache of 1 MB.
BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Closing:
    """One array a figure, in the order of the loans given; amounts in minor units."""

    interest: Ints
    dpd: Ints


def close(segments: Ints, day: int) -> Closing:
    """Return each loan's claimed interest and its overdue days at the end of `day`.

    `segments` has one row for each Column (more may follow) and is in force on `day`, an ordinal.
    Principal and fees do not move within a segment.
    """
    count = segments.shape[1]
    closing = Closing(np.empty(count, dtype=np.int64), np.zeros(count, dtype=np.int64))
    above, below = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        part, interest = segments[:, start:end], closing.interest[start:end]
        a, b = above[: end - start], below[: end - start]
        np.subtract(day, part[Column.SINCE], out=interest)
        np.multiply(interest, part[Column.PERIOD_INTEREST], out=interest)
        np.multiply(interest, 2, out=interest)
        np.add(interest, part[Column.PERIOD], out=interest)
        np.copyto(a, interest)
        np.copyto(b, part[Column.PERIOD])
        np.divide(a, b, out=a)
        np.copyto(interest, a, casting="unsafe")  # the floor of 2 x grown + 1
        np.right_shift(interest, 1, out=interest)
        np.subtract(interest, part[Column.AHEAD], out=interest)
        np.maximum(interest, 0, out=interest)
    late = np.flatnonzero(segments[Column.OLDEST] != 0)
    if len(late):
        closing.interest[late] += _close_late(segments, late, day, closing.dpd)
    return closing


def _close_late(segments: Ints, late: Ints, day: int, dpd: Ints) -> Ints:
    """Count the days of the late loans; return their older claims and overdue interest."""
    oldest, fen_days = segments[Column.OLDEST][late], segments[Column.LATE][late]
    dpd[late] = np.where(oldest > 0, day - oldest, 0)
    fen_days *= day - segments[Column.SINCE][late]
    fen_days += segments[Column.FEN_DAYS][late]
    earned = (2 * fen_days * segments[Column.RATE][late] + OVERDUE_DIVISOR) // (2 * OVERDUE_DIVISOR)
    owed: Ints = np.maximum(earned - segments[Column.OVERDUE_PAID][late], 0)
    owed += segments[Column.BASE][late]
    return owed


def totals(starts: Ints, values: Ints) -> Ints:
    """Return the exact sum of `values` in each run that begins at one of `starts`."""
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    sums: Ints = np.add.reduceat(values, starts)
    return sums
