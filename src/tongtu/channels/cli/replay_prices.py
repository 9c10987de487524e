"""The price experiment in a replay's report: rehearsed over its people, and said to be simulated.

A block of an experiment lasts a quarter of an hour at least, and a replay is over before one is: so
time and acceptance are simulated, who comes and what they are quoted is the replay's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from tongtu.insight.api import BANDS, Arm, Person, Plan, Rehearsed, rehearse
from tongtu.pricing.api import PPM, Estimate
from tongtu.simulators.api import Truth

SEED, CASES = 7, 13_440
# Two weeks of half hours: 20 people come in each.
BEGINS, LASTS, BLOCK_MINUTES = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=14), 30
# The published grid and two below it, by so much in every band; the chances of each.
LOWER_BPS, WEIGHTS_PPM = (50, 100), (400_000, 300_000, 300_000)
# Made up: half of a band accepts at so much above what is published; a loan costs half its rate.
MIDDLE_ABOVE_BPS, COST_PART = 50, 2
PEOPLE_MIN = 20
_BPS_OF_PERCENT = 100
ByBand = tuple[int, int, int, int, int, int, int, int]


def rehearse_prices(answers: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return what an experiment over these people taught, beside the truth; None: too few.

    The lender is the one that quoted most of them.
    """
    quoted = Counter(
        offer["lender"]["id"] for answer in answers for offer in answer.get("offers", ())
    )
    if not quoted:
        return None
    lender, _ = quoted.most_common(1)[0]
    people = [
        Person(answer["score"]["band"], offer["amount_minor"], _bps(offer["rate_percent"]))
        for answer in answers
        for offer in answer.get("offers", ())
        if offer["lender"]["id"] == lender
    ]
    if len(people) < PEOPLE_MIN:
        return None
    draw = np.random.default_rng(SEED)  # house: seam - a rehearsal's draws follow from its seed
    plan, truth = _plan(lender, people), _truth(people)
    drawn = draw.integers(0, len(people), CASES), draw.random(CASES)
    nobody_is_eager = np.zeros(len(people), np.bool_)
    played = rehearse(
        plan, people, lambda band, rate: truth.accept(band, rate, nobody_is_eager), drawn
    )
    return _told(plan, played, len(people))


def _plan(lender: str, people: Sequence[Person]) -> Plan:
    least = _by_band(people, min)
    return Plan(
        name="rehearsal",
        why="the replay's report",
        lender=lender,
        looks_at=("band", "product", "lender", "amount", "term"),
        arms=tuple(Arm(f"{less} bps lower", _each([less] * BANDS)) for less in LOWER_BPS),
        weights_ppm=WEIGHTS_PPM,
        block_minutes=BLOCK_MINUTES,
        starts_at=BEGINS,
        ends_at=BEGINS + LASTS,
        band_bps=max(LOWER_BPS),
        floor_bps=_each([rate // COST_PART for rate in least]),
        cases_max=CASES,
        loss_ppm_max=PPM,
    )


def _truth(people: Sequence[Person]) -> Truth:
    """Return who accepts which rate: made up around what is published."""
    middle = tuple(rate + MIDDLE_ABOVE_BPS for rate in _by_band(people, max))
    return Truth((0,) * BANDS, middle)


def _by_band(people: Sequence[Person], which: Any) -> tuple[int, ...]:
    rates: list[list[int]] = [[] for _ in range(BANDS)]
    for one in people:
        rates[min(one.band, BANDS - 1)].append(one.rate_bps)
    return tuple(which(own) if own else 0 for own in rates)


def _each(values: Sequence[int]) -> ByBand:
    """Return a value for each of the eight bands."""
    a, b, c, d, e, f, g, h = values
    return a, b, c, d, e, f, g, h


def _told(plan: Plan, played: Rehearsed, people: int) -> dict[str, Any]:
    learnt = played.learnt
    return {
        "is_simulated": True,
        "lender": plan.lender,
        "people": people,
        "cases": learnt.cases,
        "blocks": learnt.blocks,
        "block_minutes": plan.block_minutes,
        "best": learnt.arms[learnt.best].name,
        "best_in_truth": learnt.arms[int(np.argmax(played.truths))].name,
        "regret_to_best_minor": learnt.regret_to_best_minor,
        "regret_to_published_minor": learnt.regret_to_published_minor,
        "arms": [
            {
                "name": arm.name,
                "propensity": plan.weights_ppm[place] / PPM,
                "cases": arm.cases,
                "blocks": arm.blocks,
                "accepted": round(arm.accepted.yes / arm.accepted.of, 4) if arm.accepted.of else 0,
                "truth": round(played.truths[place], 2),
                "estimates": {
                    name: _estimate(found, played.truths[place])
                    for name, found in (
                        ("ips", arm.ips), ("snips", arm.snips), ("dr", arm.doubly_robust),
                        ("own", arm.own),
                    )
                },
            }
            for place, arm in enumerate(learnt.arms)
        ],
    }  # fmt: skip


def _estimate(found: Estimate, truth: float) -> dict[str, Any]:
    return {
        "value": round(found.value, 2),
        "low": round(found.low, 2),
        "high": round(found.high, 2),
        "holds_truth": found.low <= truth <= found.high,
    }


def _bps(percent: str) -> int:
    return int(Decimal(percent) * _BPS_OF_PERCENT)
