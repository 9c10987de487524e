"""How well two scores rank the same later loans, with honest intervals, and whom each would swap.

Intervals and the difference of two areas are DeLong's (1988): the rows are the same, so the two
areas move together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tongtu.checkup.model import Flags, Floats, Ints
from tongtu.risk.api import measure

_Z = 1.959964
# How many of the later loans each score would keep.
KEPT_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Rank:
    """One score's worth on the later loans, AUC with its 95 % interval."""

    auc: float
    auc_low: float
    auc_high: float
    ks: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Loans both, one or neither would keep: how many, how many bad, and their principal."""

    loans: int
    bad: int
    principal_minor: int
    bad_principal_minor: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Their score beside ours on the same later loans."""

    loans: int
    bad: int
    theirs: Rank
    ours: Rank
    difference: float
    difference_low: float
    difference_high: float
    swap: dict[str, Cell]  # both, theirs_only, ours_only, neither


def compare(theirs: Floats, ours: Floats, is_bad: Flags, principal: Ints) -> Compared:
    """Return both scores' worth; higher is riskier in each, and both outcomes are there."""
    parts = [_placements(score, is_bad) for score in (theirs, ours)]
    ranks = []
    for score, (of_bad, of_good) in zip((theirs, ours), parts, strict=True):
        found = measure(score, is_bad)
        spread = _Z * math.sqrt(_variance(of_bad) + _variance(of_good))
        low, high = max(0.0, found.auc - spread), min(1.0, found.auc + spread)
        ranks.append(Rank(found.auc, low, high, found.ks))
    apart = _variance(parts[1][0] - parts[0][0]) + _variance(parts[1][1] - parts[0][1])
    difference, spread = ranks[1].auc - ranks[0].auc, _Z * math.sqrt(apart)
    return Compared(
        loans=len(is_bad),
        bad=int(is_bad.sum()),
        theirs=ranks[0],
        ours=ranks[1],
        difference=difference,
        difference_low=difference - spread,
        difference_high=difference + spread,
        swap=_swap((theirs, ours), is_bad, principal),
    )


def _placements(score: Floats, is_bad: Flags) -> tuple[Floats, Floats]:
    """Return the share of good below each bad loan, and of bad above each good one."""
    bad, good = score[is_bad], score[~is_bad]
    return _share_below(bad, good), 1.0 - _share_below(good, bad)


def _share_below(values: Floats, others: Floats) -> Floats:
    """Return for each value the share of the others below it; equal ones count half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    share: Floats = below / (2.0 * len(others))
    return share


def _variance(parts: Floats) -> float:
    return float(parts.var(ddof=1) / len(parts)) if len(parts) > 1 else 0.0


def _swap(scores: tuple[Floats, Floats], is_bad: Flags, principal: Ints) -> dict[str, Cell]:
    kept = [_safest(score) for score in scores]
    cells = {
        "both": kept[0] & kept[1], "theirs_only": kept[0] & ~kept[1],
        "ours_only": ~kept[0] & kept[1], "neither": ~kept[0] & ~kept[1],
    }  # fmt: skip
    return {
        name: Cell(
            int(rows.sum()), int((rows & is_bad).sum()), int(principal[rows].sum()),
            int(principal[rows & is_bad].sum()),
        )
        for name, rows in cells.items()
    }  # fmt: skip


def _safest(score: Floats) -> Flags:
    """Return the safest share of loans; of equals the first in the book are kept."""
    kept = np.zeros(len(score), np.bool_)
    kept[np.argsort(score, kind="stable")[: round(KEPT_SHARE * len(score))]] = True
    return kept
