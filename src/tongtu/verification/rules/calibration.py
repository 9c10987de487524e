"""How often a line errs on pairs of faces, with the bounds that so few pairs leave. Pure.

Bounds are Clopper and Pearson's exact ones (1934), 95 % in all: with no error in n pairs the upper
one is about 3.7 / n; one-sided it would be 3 / n (the rule of three).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
# Halvings of an interval of one: below what a double can tell.
HALVINGS = 60
LINES_PPM = (300_000, 350_000, 400_000, 450_000, 500_000, 550_000, 600_000, 650_000, 700_000)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures: of one person or of two, and how far apart; None where a face was not found."""

    is_same: bool
    distance_ppm: int | None


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors among trials, and between what the true rate lies."""

    errors: int
    trials: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Errors a trial; nothing was tried: one, the worst."""
        return self.errors / self.trials if self.trials else 1.0


@dataclass(frozen=True, slots=True)
class LineRates:
    """What a line would have done: accepted another person (FAR), refused the same one (FRR)."""

    line_ppm: int
    far: Rate
    frr: Rate


def rate(errors: int, trials: int) -> Rate:
    """Return errors among trials with exact bounds."""
    if not 0 <= errors <= trials:
        raise ValueError("there are no more errors than trials")
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if errors == 0 else _root(lambda p: _at_least(errors, trials, p) >= tail)
    above = errors + 1
    high = 1.0 if errors == trials else _root(lambda p: _at_least(above, trials, p) >= 1 - tail)
    return Rate(errors, trials, low, high)


def rates(pairs: Sequence[Pair], lines_ppm: Sequence[int] = LINES_PPM) -> list[LineRates]:
    """Return what each line would have done. A face that is not found is accepted by no line."""
    same = [one.distance_ppm for one in pairs if one.is_same]
    other = [one.distance_ppm for one in pairs if not one.is_same]
    return [
        LineRates(
            line,
            rate(sum(one is not None and one < line for one in other), len(other)),
            rate(sum(one is None or one >= line for one in same), len(same)),
        )
        for line in lines_ppm
    ]


def _root(holds: Callable[[float], bool]) -> float:
    """Return where a condition on a probability begins to hold, by halving."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _at_least(errors: int, trials: int, probability: float) -> float:
    """Return the chance of so many errors or more in so many trials."""
    if errors <= 0 or probability >= 1.0:
        return 1.0
    if probability <= 0.0:
        return 0.0
    log_yes, log_no = math.log(probability), math.log1p(-probability)

    def chance(count: int) -> float:
        ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
        return math.exp(ways + count * log_yes + (trials - count) * log_no)

    return max(0.0, 1.0 - math.fsum(chance(count) for count in range(errors)))
