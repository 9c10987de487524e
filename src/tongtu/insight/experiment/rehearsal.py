"""A price experiment rehearsed in simulated time: blocks, draws and report are the platform's own.

People of a replay come again and again, and somebody else's truth says who accepts which price, so
that every estimate can be held against what is so. It touches no engine, lane or database. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tongtu.insight.experiment.model import Plan
from tongtu.insight.experiment.report import Learnt, earned_minor, learn
from tongtu.insight.experiment.store import schedule_of
from tongtu.kernel.ids import DecisionId, LenderId, ProgramId
from tongtu.origination.api import Offer, Tried, TriedCase
from tongtu.pricing.api import draw_arm

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# The chance that each accepts: by band and yearly rate in basis points.
Accepts = Callable[[Ints, Ints], Floats]
_PROGRAM, _LENDER = ProgramId(1), LenderId(1)


class Person(NamedTuple):
    """Somebody to whom the lender lends at its published rate."""

    band: int
    amount_minor: int
    rate_bps: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was learnt, and what each grid truly earns a case, in fen a year, by the same people."""

    learnt: Learnt
    truths: tuple[float, ...]


def rehearse(
    plan: Plan, people: Sequence[Person], accepts: Accepts, drawn: tuple[Ints, Floats]
) -> Rehearsed:
    """Play a plan; `drawn` are who comes, by place among the people, and the luck of each.

    They are dealt to the blocks in order, alike many to each.
    """
    who, luck = drawn
    band = np.array([one.band for one in people], np.int64)
    rate = np.array([one.rate_bps for one in people], np.int64)
    lowers = np.array([(0,) * len(plan.floor_bps), *(arm.lower_bps for arm in plan.arms)], np.int64)
    chances = [accepts(band, rate - lower[band]) for lower in lowers]
    schedule = schedule_of(plan.name, plan)
    blocks = np.arange(schedule.first_block, schedule.last_block + 1)
    cases: list[TriedCase] = []
    for block, came, lucks in zip(
        blocks.tolist(), np.array_split(who, len(blocks)), np.array_split(luck, len(blocks)),
        strict=True,
    ):  # fmt: skip
        arm = draw_arm(schedule, block)
        assert arm is not None  # the block lies in the schedule
        tried = Tried(0, block, arm.arm, arm.propensity_ppm)
        for one, own in zip(came.tolist(), lucks.tolist(), strict=True):
            offer = _offer(people[one], int(lowers[arm.arm, people[one].band]))
            taken = offer if own < chances[arm.arm][one] else None
            number = DecisionId(len(cases) + 1)
            cases.append(TriedCase(number, tried, people[one].band, (offer,), taken))
    learnt = learn(plan, (_PROGRAM,), cases)
    assert learnt is not None
    return Rehearsed(learnt, _truths(plan, people, lowers, chances))


def _truths(
    plan: Plan, people: Sequence[Person], lowers: Ints, chances: Sequence[Floats]
) -> tuple[float, ...]:
    found = []
    for lower, chance in zip(lowers, chances, strict=True):
        worth = [_worth(plan, one, int(lower[one.band])) for one in people]
        found.append(float(np.mean(np.array(worth) * chance)))
    return tuple(found)


def _worth(plan: Plan, person: Person, lower_bps: int) -> int:
    offer = _offer(person, lower_bps)
    case = TriedCase(DecisionId(1), Tried(0, 0, 0, 1), person.band, (offer,), offer)
    return earned_minor(plan, (_PROGRAM,), case)


def _offer(person: Person, lower_bps: int) -> Offer:
    """Return the lender's offer as far as an experiment looks at it: amount and rate."""
    rate_bps = person.rate_bps - lower_bps
    return Offer(_PROGRAM, _LENDER, person.amount_minor, 12, rate_bps, 0, 0, 0, 0, 0, 0, 0)
