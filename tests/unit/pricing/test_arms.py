"""Arms of an experiment: whole grids below the published one, drawn by block for everybody."""

from datetime import UTC, datetime, timedelta

import pytest

from tongtu.pricing.api import (
    BadGrid,
    Drawn,
    Limits,
    Row,
    Schedule,
    Turn,
    block_at,
    check_arm,
    check_schedule,
    draw_arm,
    lower_rows,
)

PUBLISHED = tuple(
    Row(program, band, months, 500 + 100 * band + months // 12 * 15, 10)
    for program in (101, 102)
    for band in range(3)
    for months in (12, 24)
)
LIMITS = Limits(band_bps=60, floor_bps=(300, 380, 460, 0, 0, 0, 0, 0))
HALF = (500_000, 500_000)


def schedule(**changes):
    stated = {
        "name": "autumn",
        "block_minutes": 60,
        "first_block": 100,
        "last_block": 1_000,
        "turns": (Turn(100, HALF),),
    }
    return Schedule(**stated | changes)


def test_a_lower_grid_lowers_one_lenders_rates_by_band_and_leaves_the_others():
    arm = lower_rows(PUBLISHED, {101}, (20, 30, 40, 0, 0, 0, 0, 0))

    check_arm(PUBLISHED, arm, LIMITS)
    assert [row.rate_bps for row in arm[:6]] == [495, 510, 585, 600, 675, 690]
    assert arm[6:] == PUBLISHED[6:]


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (0, {"rate_bps": 520}),  # above the published
        (0, {"rate_bps": 450}),  # below the approved band
        (0, {"rate_bps": 512}),  # off the steps
        (0, {"fee_bps_monthly": 9}),
        (0, {"tenor_to_months": 13}),
        (2, {"rate_bps": 560, "band": 2}),
    ],
)
def test_an_arm_that_raises_a_rate_leaves_its_band_or_moves_a_cell_is_refused(place, changes):
    arm = list(PUBLISHED)
    arm[place] = arm[place]._replace(**changes)

    with pytest.raises(BadGrid):
        check_arm(PUBLISHED, arm, LIMITS)


@pytest.mark.parametrize(
    ("lower", "limits"),
    [
        ((0, 60, 0, 0, 0, 0, 0, 0), Limits(60, (0, 560, 0, 0, 0, 0, 0, 0))),  # below its cost
        ((0, 0, 200, 0, 0, 0, 0, 0), Limits(300, (0,) * 8)),  # cheaper than a safer band
        ((5, 5, 5, 0, 0, 0, 0, 0), Limits(301, (0,) * 8)),  # a band nobody may approve
    ],
)
def test_a_grid_below_cost_or_that_falls_with_risk_is_refused(lower, limits):
    with pytest.raises(BadGrid):
        check_arm(PUBLISHED, lower_rows(PUBLISHED, {101, 102}, lower), limits)


def test_a_blocks_arm_follows_from_block_and_name_alone_and_its_chance_is_told():
    turns = (Turn(100, (700_000, 300_000)),)
    drawn = [draw_arm(schedule(turns=turns), n) for n in range(100, 900)]

    assert {one.propensity_ppm for one in drawn if one.arm == 1} == {300_000}
    assert 0.25 < sum(one.arm for one in drawn) / 800 < 0.35
    longer = schedule(turns=turns, last_block=2_000)
    assert [draw_arm(longer, n) for n in range(100, 900)] == drawn
    assert [draw_arm(schedule(), n) for n in (99, 1_001)] == [None, None]


def test_a_turn_changes_the_chances_from_its_block_on_and_nothing_before():
    before = schedule()
    after = schedule(turns=(Turn(100, HALF), Turn(500, (1, 999_999))))

    assert [draw_arm(after, n) for n in range(100, 500)] == [
        draw_arm(before, n) for n in range(100, 500)
    ]
    assert {draw_arm(after, n) for n in range(500, 600)} == {Drawn(1, 999_999)}


def test_a_block_begins_with_its_first_instant():
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=500)

    assert block_at(schedule(), first) == 500
    assert block_at(schedule(), first - timedelta(microseconds=1)) == 499


@pytest.mark.parametrize(
    "changes",
    [
        {"turns": (Turn(100, (500_000, 400_000)),)},
        {"turns": (Turn(100, (1_000_000, 0)),)},
        {"turns": (Turn(101, HALF),)},
        {"turns": (Turn(100, HALF), Turn(100, HALF))},
        {"turns": ()},
        {"block_minutes": 14},
        {"last_block": 99},
    ],
)
def test_a_schedule_with_odd_chances_turns_or_blocks_is_refused(changes):
    check_schedule(schedule(), 2)
    with pytest.raises(BadGrid):
        check_schedule(schedule(**changes), 2)
