"""What the replay measures: latency, ranking of real outcomes, bad rate by score band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WILSON_Z = 1.96


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well a score ranks real outcomes."""

    cases: int
    bad: int
    auc: float
    ks: float


@dataclass(frozen=True, slots=True)
class Band:
    """One score band with its real outcomes."""

    band: int
    cases: int
    bad: int
    approved: int

    @property
    def bad_rate(self) -> float:
        """Share of bad outcomes, 0..1."""
        return self.bad / self.cases


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of a non-empty sequence."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def rank(points: Sequence[int], is_bad: Sequence[bool]) -> Ranking | None:
    """Return AUC (Mann-Whitney, ties count half) and KS of points against outcomes.

    More points mean less risk. None when all outcomes are alike.
    """
    bad = sum(is_bad)
    good = len(is_bad) - bad
    if not bad or not good:
        return None
    groups: dict[int, list[int]] = {}
    for point, outcome in zip(points, is_bad, strict=True):
        groups.setdefault(point, [0, 0])[outcome] += 1
    wins = ks = 0.0
    bad_so_far = good_so_far = 0
    for point in sorted(groups):
        here_good, here_bad = groups[point]
        wins += here_good * (bad_so_far + here_bad / 2)
        bad_so_far += here_bad
        good_so_far += here_good
        ks = max(ks, abs(bad_so_far / bad - good_so_far / good))
    return Ranking(len(is_bad), bad, wins / (bad * good), ks)


def bands(rows: Sequence[tuple[int, bool, bool]]) -> list[Band]:
    """Group (band, is_bad, is_approved) rows by band, best band first."""
    found: dict[int, list[int]] = {}
    for band, is_bad, is_approved in rows:
        counts = found.setdefault(band, [0, 0, 0])
        counts[0] += 1
        counts[1] += is_bad
        counts[2] += is_approved
    return [Band(band, *found[band]) for band in sorted(found)]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share (Wilson 1927)."""
    if not trials:
        return 0.0, 1.0
    share, z2 = successes / trials, WILSON_Z**2
    centre = share + z2 / (2 * trials)
    spread = WILSON_Z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return (centre - spread) / (1 + z2 / trials), (centre + spread) / (1 + z2 / trials)
