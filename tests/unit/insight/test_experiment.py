"""What a price experiment taught, when it stops itself, and how it learns; no database."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tongtu.insight.api import Arm, Plan
from tongtu.insight.experiment.model import JUDGED_FROM_BLOCKS, TURN_BLOCKS
from tongtu.insight.experiment.report import breach, learn, log_of, share
from tongtu.insight.experiment.store import schedule_of
from tongtu.insight.experiment.turn import next_turn
from tongtu.kernel.ids import DecisionId, LenderId, ProgramId
from tongtu.origination.api import Offer, Tried, TriedCase

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
MINE, OTHERS = ProgramId(101), ProgramId(201)
PLAN = Plan(
    name="autumn",
    why="to learn",
    lender="yunxiu",
    looks_at=("band",),
    arms=(Arm("low", (20,) * 8),),
    weights_ppm=(500_000, 500_000),
    block_minutes=60,
    starts_at=AT,
    ends_at=AT + timedelta(hours=500),
    band_bps=60,
    floor_bps=(300,) * 8,
    cases_max=100_000,
    loss_ppm_max=100_000,
)


def offer(program, rate_bps):
    return Offer(program, LenderId(1), 1_000_000, 12, rate_bps, 0, 0, 0, 0, 0, 0, 0)


def case(n, arm, *, taken=None, band=0, block=None):
    rate = 480 if arm else 500
    offers = offer(MINE, rate), offer(OTHERS, 600)
    tried = Tried(1, n if block is None else block, arm, 500_000)
    return TriedCase(DecisionId(n), tried, band, offers, None if taken is None else offers[taken])


def test_acceptance_counts_this_lenders_offers_and_what_was_earned_lies_above_cost():
    cases = [
        case(1, 0, taken=0),
        case(2, 0),
        case(3, 0, taken=1),  # another lender's: nothing is earned here
        case(4, 1, taken=0),
        case(5, 1, taken=0, band=2),
    ]

    found = learn(PLAN, {MINE}, cases)

    published, low = found.arms
    assert (published.accepted.of, published.accepted.yes) == (3, 1)
    assert (low.accepted.of, low.accepted.yes) == (2, 2)
    assert [(one.of, one.yes) for one in low.accepted_by_band[:3]] == [(1, 1), (0, 0), (1, 1)]
    # 10,000 yuan at 5.0 (4.8) % above a cost of 3 % a year, in fen.
    assert (published.earned_minor, low.earned_minor) == (20_000, 36_000)
    assert found.cases == 5
    assert low.snips.value == 18_000


def test_regret_is_told_beside_the_best_arm_and_beside_the_published_one():
    cases = [case(n, n % 2, taken=0 if n % 2 else None) for n in range(40)]

    found = learn(PLAN, {MINE}, cases)

    assert found.best == 1
    assert found.regret_to_best_minor == 20 * 18_000
    assert found.regret_to_published_minor == -20 * 18_000
    assert learn(PLAN, {MINE}, []) is None


def played(blocks, *, low_takes):
    """Blocks of ten by turns: all take the published offer, so many of the lower one."""
    return [
        case(block * 10 + n, block % 2, taken=0 if block % 2 == 0 or n < low_takes else None,
             block=block)
        for block in range(blocks)
        for n in range(10)
    ]  # fmt: skip


def test_an_arm_that_surely_earns_less_by_the_line_ends_the_experiment_once_it_can_be_told():
    few = learn(PLAN, {MINE}, played(2 * JUDGED_FROM_BLOCKS - 2, low_takes=2))
    enough = learn(PLAN, {MINE}, played(2 * JUDGED_FROM_BLOCKS, low_takes=2))
    fine = learn(PLAN, {MINE}, played(2 * JUDGED_FROM_BLOCKS, low_takes=10))

    assert breach(PLAN, few) is None
    assert "arm low" in breach(PLAN, enough)
    assert breach(PLAN, fine) is None  # a tenth less, as two points of a hundredth are
    assert breach(PLAN, None) is None


def test_a_share_has_wilsons_interval():
    """Wilson 1927: of 10 none; the upper end is z^2 / (n + z^2)."""
    assert (share(10, 0).low, round(share(10, 0).high, 4)) == (0.0, 0.2775)
    assert share(0, 0) == (0, 0, 0.0, 1.0)


def test_the_next_turn_favours_what_earns_most_keeps_a_chance_for_all_and_can_be_drawn_again():
    schedule = schedule_of("77", PLAN)
    log = log_of(PLAN, {MINE}, played(40, low_takes=3))
    due = schedule.first_block + TURN_BLOCKS

    turn = next_turn(schedule, log, due, 50_000)

    assert turn.first_block == due
    assert sum(turn.weights_ppm) == 1_000_000
    assert min(turn.weights_ppm) == turn.weights_ppm[1] == pytest.approx(50_000, abs=1)
    assert next_turn(schedule, log, due, 50_000) == turn
    assert next_turn(schedule, log, due - 1, 50_000) is None
    assert next_turn(schedule, log, schedule.last_block + 1, 50_000) is None
    assert np.unique(log.cluster).size == 40
