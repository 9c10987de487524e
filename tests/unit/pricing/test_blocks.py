"""Estimates of time blocks on simulated acceptance whose truth is known, with luck that is shared."""

import math

import numpy as np
import pytest

from tongtu.pricing.api import Cost, Log, Steps, by_block, doubly_robust, ips, price, snips
from tongtu.simulators.api import Truth

PD = (4_000, 8_000, 14_000, 22_000, 35_000, 55_000, 85_000, 130_000)
STEPS = Steps(300, 2_400, 10)
COST = Cost(28_000, 650_000, 6_000)
TRUTH = Truth(PD, tuple(700 + 160 * band for band in range(8)))
WEIGHTS = np.array([13, 17, 19, 17, 13, 10, 7, 4]) / 100
GRIDS = [price(f"m{m}", COST, PD, m, STEPS) for m in (45_000, 30_000, 15_000)]
REAL = [TRUTH.mean_reward(WEIGHTS, np.array(grid.rate_bps), 0.3) for grid in GRIDS]
CHANCES = np.array([0.5, 0.3, 0.2])
BLOCKS, CASES = 150, 20


def logged(seed):
    """Return an experiment's log: whole blocks under one grid, the bands of a block alike."""
    draw = np.random.default_rng(seed)
    arm_of = draw.choice(3, BLOCKS, p=CHANCES)
    block = np.repeat(np.arange(BLOCKS), CASES)
    # Half of a block's people come from one band, and most are of one mood: they share their luck.
    common = draw.choice(8, BLOCKS, p=WEIGHTS)[block]
    own = draw.choice(8, len(block), p=WEIGHTS)
    band = np.where(draw.random(len(block)) < 0.5, common, own)
    arm = arm_of[block]
    rate = np.array([grid.rate_bps for grid in GRIDS])[arm, band]
    mood = (draw.random(BLOCKS) < 0.3)[block]
    eager = np.where(draw.random(len(block)) < 0.7, mood, draw.random(len(block)) < 0.3)
    taken = draw.random(len(block)) < TRUTH.accept(band, rate, eager)
    return Log(band, arm, CHANCES[arm], taken * TRUTH.margin(band, rate), block)


def test_our_own_estimate_holds_the_truth_of_each_arm_and_of_its_difference_as_often_as_it_says():
    found = [by_block(logged(seed), 3) for seed in range(80)]

    for arm in range(3):
        values = [one[arm] for one, _ in found]
        above = [one[arm] for _, one in found]
        # 95 % of 80 is 76; fewer than 70 comes by chance once in 200.
        assert sum(one.low <= REAL[arm] <= one.high for one in values) >= 70
        assert sum(one.low <= REAL[arm] - REAL[0] <= one.high for one in above) >= 70


@pytest.mark.parametrize(
    ("estimate", "apart_at_most"), [(ips, 50), (snips, 80), (doubly_robust, 80)]
)
def test_intervals_by_block_hold_the_truth_and_ips_of_cases_taken_for_independent_does_not(
    estimate, apart_at_most
):
    only = np.tile(np.eye(3)[1], (8, 1))

    def held(log):
        found = estimate(log, only)
        return found.low <= REAL[1] <= found.high

    logs = [logged(seed) for seed in range(80)]
    apart = [Log(one.context, one.arm, one.propensity, one.reward) for one in logs]

    assert sum(map(held, logs)) >= 70
    assert sum(map(held, apart)) <= apart_at_most


def turned(seed):
    """Return a log whose chances change half-way while people become eager: both move together."""
    draw = np.random.default_rng(seed)
    late = np.arange(BLOCKS) >= BLOCKS // 2
    chance_of_low = np.where(late, 0.8, 0.2)
    arm_of = (draw.random(BLOCKS) < chance_of_low).astype(int)
    block = np.repeat(np.arange(BLOCKS), CASES)
    band, arm = draw.choice(8, len(block), p=WEIGHTS), arm_of[block]
    chance = np.where(arm_of == 1, chance_of_low, 1 - chance_of_low)[block]
    rate = np.array([grid.rate_bps for grid in GRIDS])[arm, band]
    eager = draw.random(len(block)) < np.where(late, 0.9, 0.0)[block]
    taken = draw.random(len(block)) < TRUTH.accept(band, rate, eager)
    return Log(band, arm, chance, taken * TRUTH.margin(band, rate), block)


def test_chances_that_change_while_people_do_are_made_good_by_their_logged_values():
    real = [
        np.mean([TRUTH.mean_reward(WEIGHTS, np.array(grid.rate_bps), e) for e in (0.0, 0.9)])
        for grid in GRIDS[:2]
    ]
    found = [by_block(turned(seed), 2)[0] for seed in range(40)]

    for arm in range(2):
        values = [one[arm] for one in found]
        assert np.mean([one.value for one in values]) == pytest.approx(real[arm], rel=0.01)
        assert sum(one.low <= real[arm] <= one.high for one in values) >= 34


def test_an_arm_that_was_never_shown_is_not_judged():
    log = logged(1)
    shown = Log(*(column[log.arm != 2] for column in (log.context, log.arm, log.propensity,
                                                      log.reward, log.cluster)))  # fmt: skip
    values, above = by_block(shown, 3)

    assert (values[2].value, values[2].low, above[2].high) == (0.0, -math.inf, math.inf)
    assert math.isfinite(values[1].high)
