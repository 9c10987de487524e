"""Which cases can be decided with 95 % right, and which are left to a person.

Two lines are drawn on probabilities out of fold: below the first a case is approved, above the
second declined. What the lines are worth is told of rows that had no part in drawing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tongtu.risk.rules.cells import Floats
from tongtu.risk.study.measures import wilson

Outcomes = NDArray[np.bool_]
RIGHT_MIN = 0.95


@dataclass(frozen=True, slots=True)
class Lines:
    """Approve at or below the first, decline at or above the second; None: never."""

    approve: float | None
    decline: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """One kind of decision on untouched rows."""

    decided: int
    right: int

    def written(self, rows: int) -> dict[str, float | int]:
        """Return the share decided, the share right, and its lower bound."""
        share = self.right / self.decided if self.decided else 0.0
        return {
            "decided": self.decided,
            "coverage": round(self.decided / rows, 6),
            "right": round(share, 6),
            "right_at_least": round(wilson(self.right, self.decided), 6),
        }


def draw_lines(pd: Floats, is_bad: Outcomes) -> Lines:
    """Return the lines that decide most cases while Wilson's bound of the right ones holds 95 %."""
    return Lines(_line(pd, ~is_bad), None if (up := _line(-pd, is_bad)) is None else -up)


def judge_lines(
    folds: Sequence[tuple[Floats, Outcomes, Lines]],
) -> dict[str, dict[str, float | int]]:
    """Return coverage and right share of approvals, declines and both on untouched folds."""
    approved, declined, rows = Side(0, 0), Side(0, 0), 0
    for pd, is_bad, lines in folds:
        rows += len(pd)
        yes = pd <= lines.approve if lines.approve is not None else np.zeros(len(pd), np.bool_)
        no = pd >= lines.decline if lines.decline is not None else np.zeros(len(pd), np.bool_)
        no &= ~yes
        approved = _added(approved, yes, ~is_bad)
        declined = _added(declined, no, is_bad)
    both = Side(approved.decided + declined.decided, approved.right + declined.right)
    return {
        "approved": approved.written(rows),
        "declined": declined.written(rows),
        "both": both.written(rows),
    }


def _added(side: Side, chosen: Outcomes, is_right: Outcomes) -> Side:
    return Side(side.decided + int(chosen.sum()), side.right + int((chosen & is_right).sum()))


def _line(order: Floats, is_right: Outcomes) -> float | None:
    """Return the highest value up to which Wilson's bound of the right share holds."""
    values, place = np.unique(order, return_inverse=True)
    rows = np.cumsum(np.bincount(place)).tolist()
    right = np.cumsum(np.bincount(place, is_right)).astype(np.int64).tolist()
    for n in range(len(values) - 1, -1, -1):
        # Cheap first: the bound is never above the share itself.
        if right[n] >= RIGHT_MIN * rows[n] and wilson(right[n], rows[n]) >= RIGHT_MIN:
            return float(values[n])
    return None
