"""What pushing changed: responses of the drawn groups compared, in all and by stratum.

Everybody counts in the group they were drawn into, pushed to or not: else nothing is compared.
Floats: estimates, from which no amount that anybody owes is made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tongtu.campaign.model import JUDGED_FROM, Fate, Group, Outcome, Plan

PPM = 1_000_000
_Z = 1.96


class Interval(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """People alike before the draw: what the held out did unasked, and what pushing added."""

    name: str
    push: int
    hold_out: int
    propensity: Interval  # share that responds without a push
    uplift: Interval  # what a push adds to it


@dataclass(frozen=True, slots=True)
class Worth:
    """What a campaign was worth; `added_minor` is lent to all who were drawn to be pushed to."""

    members: int
    pushed: int
    refused: int
    switched_off: int
    response_push: Interval
    response_hold_out: Interval
    uplift: Interval
    added_per_member_minor: Interval
    strata: tuple[Stratum, ...]


def worth_of(outcomes: Sequence[Outcome]) -> Worth:
    """Return what the groups did and how far they lie apart."""
    push = [one for one in outcomes if one.member.group is Group.PUSH]
    held = [one for one in outcomes if one.member.group is Group.HOLD_OUT]
    fates = [one.fate for one in push]
    names = sorted({one.member.stratum for one in outcomes})
    return Worth(
        members=len(outcomes),
        pushed=fates.count(Fate.PUSHED),
        refused=fates.count(Fate.REFUSED),
        switched_off=sum(one.is_off for one in push if one.fate is Fate.PUSHED),
        response_push=wilson(len(push), _responded(push)),
        response_hold_out=wilson(len(held), _responded(held)),
        uplift=apart(*_counts(push), *_counts(held)),
        added_per_member_minor=_mean_apart(
            [one.taken_minor for one in push], [one.taken_minor for one in held]
        ),
        strata=tuple(
            _stratum(
                name,
                [one for one in push if one.member.stratum == name],
                [one for one in held if one.member.stratum == name],
            )
            for name in names
        ),
    )


def breach(plan: Plan, found: Worth) -> str | None:
    """Return why the stop rule ends a campaign; None: it goes on."""
    if found.pushed < JUDGED_FROM:
        return None
    if found.switched_off * PPM > plan.off_ppm_max * found.pushed:
        return "more people switched pushes off than was approved"
    if found.uplift.high < 0:
        return "who was pushed to surely responds less than who was not"
    return None


def wilson(of: int, yes: int) -> Interval:
    """Return a share with Wilson's interval."""
    if not of:
        return Interval(0.0, 0.0, 1.0)
    rate, spread = yes / of, _Z * _Z / of
    middle = (rate + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(rate * (1 - rate) / of + spread / (4 * of)) / (1 + spread)
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def apart(of_a: int, yes_a: int, of_b: int, yes_b: int) -> Interval:
    """Return by how much the first share is larger, with Newcombe's interval (of Wilson's two)."""
    a, b = wilson(of_a, yes_a), wilson(of_b, yes_b)
    between = a.value - b.value
    below = math.hypot(a.value - a.low, b.high - b.value)
    above = math.hypot(a.high - a.value, b.value - b.low)
    return Interval(between, max(-1.0, between - below), min(1.0, between + above))


def _stratum(name: str, push: Sequence[Outcome], held: Sequence[Outcome]) -> Stratum:
    return Stratum(
        name,
        len(push),
        len(held),
        wilson(*_counts(held)),
        apart(*_counts(push), *_counts(held)),
    )


def _counts(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    return len(outcomes), _responded(outcomes)


def _responded(outcomes: Sequence[Outcome]) -> int:
    return sum(one.applied for one in outcomes)


def _mean_apart(a: Sequence[int], b: Sequence[int]) -> Interval:
    if len(a) < 2 or len(b) < 2:
        return Interval(0.0, -math.inf, math.inf)
    (mean_a, spread_a), (mean_b, spread_b) = _mean(a), _mean(b)
    half = _Z * math.sqrt(spread_a + spread_b)
    return Interval(mean_a - mean_b, mean_a - mean_b - half, mean_a - mean_b + half)


def _mean(values: Sequence[int]) -> tuple[float, float]:
    """Return a mean, and the square of how far chance may move it."""
    mean = sum(values) / len(values)
    return mean, sum((one - mean) ** 2 for one in values) / (len(values) - 1) / len(values)
