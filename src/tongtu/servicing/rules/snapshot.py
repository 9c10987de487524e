"""The columnar form of a loan between two events: enough to close any later day without its log.

It is a cache of the fold (a test holds them equal) and is written in the commit of each event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from tongtu.servicing.model import DAYS_LATE_BUCKETS, FrozenTerms, LoanState
from tongtu.servicing.rules.fold import OVERDUE_DIVISOR, prorata

Ints = npt.NDArray[np.int64]
HEAD = 5  # fen_days, last day, overdue paid, overdue rate, outstanding principal
ROW = 7  # start, due, charge, interest paid, fee, fee paid, principal unpaid


def pack(terms: FrozenTerms, state: LoanState) -> bytes:
    """Return the snapshot of a live loan: its head and its unpaid rows as little-endian int8."""
    numbers = [
        state.fen_days,
        state.last_on.toordinal(),
        state.paid_overdue_minor,
        terms.overdue_rate_bps,
        state.outstanding_minor,
    ]
    for row in state.rows:
        if row.unpaid_minor > 0:
            numbers += [
                row.start.toordinal(),
                row.due_date.toordinal(),
                row.interest_minor,
                row.paid_interest_minor,
                row.fee_minor,
                row.paid_fee_minor,
                row.principal_minor - row.paid_principal_minor,
            ]
    return np.array(numbers, dtype="<i8").tobytes()


@dataclass(frozen=True, slots=True)
class Book:
    """Many loans side by side; `owner[i]` is the loan whose row i is."""

    head: Ints
    rows: Ints
    owner: Ints

    @classmethod
    def load(cls, snapshots: Sequence[bytes]) -> Book:
        """Unpack snapshots; a loan that owes overdue interest only has no rows."""
        lengths = np.array([len(snapshot) // 8 for snapshot in snapshots], dtype=np.int64)
        numbers = np.frombuffer(b"".join(snapshots), dtype="<i8")
        ends = np.cumsum(lengths)
        starts = ends - lengths
        head = numbers[starts[:, None] + np.arange(HEAD)] if len(starts) else _none(HEAD)
        mask = np.ones(len(numbers), dtype=bool)
        mask[(starts[:, None] + np.arange(HEAD)).ravel()] = False
        rows = numbers[mask].reshape(-1, ROW)
        counts = (lengths - HEAD) // ROW
        return cls(head, rows, np.repeat(np.arange(len(counts)), counts))

    def close(self, day: date) -> Closing:
        """Return every loan's components and lateness at the end of `day`."""
        on = day.toordinal()
        start, due, charge, paid, fee, fee_paid, unpaid = self.rows.T
        days = np.clip(on - start, 0, due - start)
        grown = prorata(charge, days, due - start)
        interest = self._sum(np.maximum(grown, paid) - paid)
        fees = self._sum(np.where(due <= on, fee - fee_paid, 0))
        since = np.maximum(self.head[self.owner, 1], due)
        fen_days = self.head[:, 0] + self._sum(unpaid * np.maximum(0, on - since))
        accrued = (2 * fen_days * self.head[:, 3] + OVERDUE_DIVISOR) // (2 * OVERDUE_DIVISOR)
        overdue = np.maximum(accrued - self.head[:, 2], 0)
        asked = (due < on) & (charge - paid + fee - fee_paid + unpaid > 0)
        oldest = np.full(len(self.head), on, dtype=np.int64)
        np.minimum.at(oldest, self.owner[asked], due[asked])
        late = self._sum(np.where(asked, charge - paid + fee - fee_paid + unpaid, 0))
        return Closing(self.head[:, 4], interest + overdue, fees, on - oldest, late + overdue)

    def _sum(self, values: Ints) -> Ints:
        return totals(self.owner, len(self.head), values)


@dataclass(frozen=True, slots=True)
class Closing:
    """One array a figure, in the order of the loans given; amounts in minor units."""

    principal: Ints
    interest: Ints
    fee: Ints
    dpd: Ints
    overdue: Ints

    def buckets(self) -> Ints:
        """Return each loan's days-late bucket."""
        bounds = np.array(DAYS_LATE_BUCKETS[1:], dtype=np.int64)
        found: Ints = np.searchsorted(bounds, self.dpd, side="right").astype(np.int64)
        return found


def totals(groups: Ints, count: int, values: Ints) -> Ints:
    """Return the exact sum of `values` in each of `count` groups."""
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, groups, values)
    return sums


def _none(width: int) -> npt.NDArray[Any]:
    return np.zeros((0, width), dtype=np.int64)
