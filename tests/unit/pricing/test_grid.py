"""Prices: cost and margin on steps, rising with risk, within caps, the same for the same risk."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.kernel.errors import TongtuError
from tongtu.pricing.api import (
    BadGrid,
    Cost,
    Experiment,
    ForbiddenFeature,
    Grid,
    Steps,
    check_experiment,
    check_grid,
    floor_ppm,
    grid_of,
    lowered,
    price,
    show,
)

STEPS = Steps(300, 2_400, 10)
COST = Cost(funding_ppm=28_000, loss_given_default_ppm=650_000, operating_ppm=6_000)
PD = (4_000, 8_000, 14_000, 22_000, 35_000, 55_000, 85_000, 130_000)
FLOORS = [floor_ppm(COST, one) for one in PD]


def tried(**changes):
    base = price("base", COST, PD, 30_000, STEPS)
    low = price("low", COST, PD, 20_000, STEPS)
    stated = {
        "id": "autumn",
        "grids": (base, low),
        "weights_ppm": (500_000, 500_000),
        "block_minutes": 60,
        "first_block": 100,
        "last_block": 1_000,
    }
    return Experiment(**stated | changes)


def test_a_price_is_funding_and_expected_loss_and_margin_rounded_up_to_a_step():
    grid = price("base", COST, PD, 30_000, STEPS)

    # 2.8 % + 0.4 % x 65 % + 0.6 % + 3 % = 6.66 %, the next step is 6.70 %.
    assert grid.rate_bps[0] == 670
    assert grid.rate_bps == tuple(sorted(grid.rate_bps))


def test_a_band_that_costs_more_than_the_cap_has_no_price():
    grid = price("dear", COST, (*PD, 400_000), 30_000, STEPS)

    assert len(grid.rate_bps) == len(PD)


@given(
    pds=st.lists(st.integers(0, 600_000), min_size=1, max_size=8).map(sorted),
    margin=st.integers(0, 300_000),
    funding=st.integers(0, 80_000),
)
def test_every_grid_rises_with_risk_stays_on_its_steps_within_the_cap_and_above_cost(
    pds, margin, funding
):
    cost = Cost(funding, 650_000, 6_000)

    grid = price("any", cost, pds, margin, STEPS)

    check_grid(grid, STEPS, [floor_ppm(cost, one) for one in pds])


def test_no_cap_is_crossed_in_100_000_prices():
    draw = random.Random(7)
    prices = 0
    while prices < 100_000:
        pds = sorted(draw.randrange(0, 500_000) for _ in range(8))
        cost = Cost(draw.randrange(0, 90_000), draw.randrange(200_000, 900_000), 6_000)
        cap = draw.choice((1_200, 2_000, 2_400))
        rates = price("any", cost, pds, draw.randrange(0, 400_000), Steps(300, cap, 10)).rate_bps
        assert max(rates, default=0) <= cap
        assert list(rates) == sorted(rates)
        prices += 8


@pytest.mark.parametrize("rates", [(700, 690), (705, 710), (700, 2_410), (300, 310), (670,) * 9])
def test_a_grid_that_falls_leaves_its_steps_passes_the_cap_or_loses_money_is_refused(rates):
    with pytest.raises(BadGrid):
        check_grid(Grid("off", rates), STEPS, FLOORS)


def test_two_equal_in_risk_and_cost_and_unlike_in_willingness_pay_the_same_price():
    """The willingness cannot even be handed in; without it nothing is left to differ by."""
    keen = {"band": 3, "tenor_months": 12, "amount_minor": 1_000_000}
    shy = dict(keen)

    for block in range(90, 1_010):
        assert show(tried(), block, keen) == show(tried(), block, shy)
    for feature in ("willingness", "propensity", "device", "loyalty", "urgency", "shoe_size"):
        with pytest.raises(ForbiddenFeature):
            show(tried(), 200, keen | {feature: 1})


def test_in_one_block_everybody_of_a_band_has_one_grid_and_its_chance_is_logged():
    blocks = [grid_of(tried(weights_ppm=(700_000, 300_000)), n) for n in range(100, 1_001)]

    assert 0.25 < blocks.count(1) / len(blocks) < 0.35
    found = show(tried(weights_ppm=(700_000, 300_000)), 100 + blocks.index(1), {"band": 0})
    assert (found.grid, found.rate_bps, found.propensity_ppm) == (1, 570, 300_000)


def test_a_killed_or_ended_experiment_shows_the_first_grid_for_certain():
    for experiment, block in ((tried(is_killed=True), 500), (tried(), 1_001), (tried(), 99)):
        found = show(experiment, block, {"band": 2})
        assert (found.grid, found.propensity_ppm) == (0, 1_000_000)


def test_a_price_may_be_lowered_and_never_raised():
    found = show(tried(is_killed=True), 500, {"band": 0})

    assert lowered(found, (600,)).rate_bps == 600
    assert lowered(found, (900,)).rate_bps == found.rate_bps == 670


@pytest.mark.parametrize(
    "changes",
    [
        {"weights_ppm": (500_000, 400_000)},
        {"weights_ppm": (1_000_000, 0)},
        {"block_minutes": 1},
        {"last_block": 1},
        {"grids": (price("a", COST, PD, 30_000, STEPS), price("b", COST, PD, 90_000, STEPS))},
    ],
)
def test_an_experiment_outside_its_approved_band_or_with_odd_chances_is_refused(changes):
    check_experiment(tried(), STEPS, FLOORS, 200)
    with pytest.raises(TongtuError):
        check_experiment(tried(**changes), STEPS, FLOORS, 200)
