"""The kernel of the day end: what every loan comes to on a day, from its segment alone. Pure.

It works in blocks that stay in a core's cache, and lets other threads run meanwhile. One quotient
is made in float, and its floor is exact: a/b + 1/2 of ints a >= 0, b > 0 is a whole number (then
both steps are without error) or at least 1/(2b) from one, and the error of both steps together is
below (a/b + 1) / 2^52: less, while a + b < 2^51. `Snapshots.on` refuses what is not so small.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tongtu.servicing.rules.late import OVERDUE_DIVISOR
from tongtu.servicing.rules.snapshot import Column, Ints

# Eight columns of so many rows fill a second-level cache of 1 MB.
BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Closing:
    """One array a figure, in the order of the loans given; amounts in minor units."""

    interest: Ints
    dpd: Ints


class Room:
    """Arrays to work in, for whoever closes again and again: new ones cost more than the work."""

    def __init__(self, loans: int) -> None:
        self.interest = np.empty(loans, dtype=np.int64)
        self.dpd = np.empty(loans, dtype=np.int64)
        self.quotients = np.empty((2, BLOCK))


def close(segments: Ints, day: int, room: Room | None = None) -> Closing:
    """Return each loan's claimed interest and its overdue days at the end of `day`.

    `segments` has one row for each Column (more may follow) and is in force on `day`, an ordinal.
    Principal and fees do not move within a segment. The answer lies in `room` until it is used
    again.
    """
    count = segments.shape[1]
    room = room or Room(count)
    closing = Closing(room.interest[:count], room.dpd[:count])
    closing.dpd.fill(0)
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        part, interest = segments[:, start:end], closing.interest[start:end]
        above, below = room.quotients[:, : end - start]
        np.subtract(day, part[Column.SINCE], out=interest)
        np.multiply(interest, part[Column.PERIOD_INTEREST], out=interest)
        np.copyto(above, interest)
        np.copyto(below, part[Column.PERIOD])
        np.divide(above, below, out=above)
        np.add(above, 0.5, out=above)
        np.copyto(interest, above, casting="unsafe")  # the floor: rounded half up
    closer = np.flatnonzero(segments[Column.OLDEST] != 0)
    if len(closer):
        _close_closer(segments, closer, day, closing)
    return closing


def _close_closer(segments: Ints, closer: Ints, day: int, closing: Closing) -> None:
    """Put right the loans that are late, were late, or have paid interest ahead."""
    oldest, late_run = segments[Column.OLDEST][closer], segments[Column.LATE][closer]
    closing.dpd[closer] = np.where(oldest > 0, day - oldest, 0)
    late_run *= day - segments[Column.SINCE][closer]
    late_run += segments[Column.LATE_RUN][closer]
    owed = (2 * late_run + OVERDUE_DIVISOR) // (2 * OVERDUE_DIVISOR)
    owed = np.maximum(owed - segments[Column.OVERDUE_PAID][closer], 0)
    owed += segments[Column.BASE][closer]
    owed += np.maximum(closing.interest[closer] - segments[Column.AHEAD][closer], 0)
    closing.interest[closer] = owed


def totals(starts: Ints, values: Ints) -> Ints:
    """Return the exact sum of `values` in each run that begins at one of `starts`."""
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    sums: Ints = np.add.reduceat(values, starts)
    return sums
