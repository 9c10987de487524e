"""The router: what holds money for a case, and what it may not do."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from tongtu.funding.api import (
    NO_GUARD_PPM,
    NOWHERE,
    Budgets,
    Cases,
    Tolls,
    explain,
    route_batch,
    shadow_prices,
    worth_of,
)


def cases(amounts, costs, worths, eligible=None):
    costs = np.array(costs)
    told = np.ones(costs.shape, bool) if eligible is None else np.array(eligible)
    return Cases(np.array(amounts), told, costs, np.array(worths, float))


def plain(routes):
    return Budgets(np.eye(routes), np.zeros(routes, bool))


def test_a_person_sees_every_eligible_offer_whose_budget_holds_whatever_the_prices_are():
    one = cases([100, 100], [[50, 60, 70]] * 2, [[9, 9, 9]] * 2, [[True, True, False]] * 2)
    left = np.array([100.0, 500.0, 500.0])

    found = route_batch(one, plain(3), left, Tolls(np.array([0.0, 99.0, 0.0]), guard_ppm=0))

    assert found.shown.tolist() == [[True, True, False], [False, True, False]]
    assert found.route.tolist() == [0, 1]
    assert left.tolist() == [0.0, 400.0, 500.0]


def test_money_is_held_at_the_best_worth_less_toll_within_the_guard_and_never_beyond_it():
    one = cases([100], [[50_000, 59_000, 61_000]], [[10, 30, 900]])
    cheap_is_scarce = Tolls(np.array([0.1, 0.0, 0.0]), guard_ppm=10_000)

    found = route_batch(one, plain(3), np.full(3, 1e6), cheap_is_scarce)
    strict = route_batch(one, plain(3), np.full(3, 1e6), Tolls(np.zeros(3), guard_ppm=0))

    assert found.route.tolist() == [1]
    assert found.near.tolist() == [[True, True, False]]
    assert strict.route.tolist() == [0]


def test_the_toll_decides_between_two_offers_of_one_cost():
    one = cases([100], [[50_000, 50_000]], [[40, 40]])

    found = route_batch(one, plain(2), np.full(2, 1e6), Tolls(np.array([0.2, 0.1]), guard_ppm=0))

    assert found.route.tolist() == [1]


def test_a_case_is_routed_even_where_every_toll_is_above_its_worth():
    one = cases([100], [[50_000]], [[1]])

    found = route_batch(one, plain(1), np.array([100.0]), Tolls(np.array([5.0])))

    assert found.route.tolist() == [0]


def test_nothing_is_held_and_no_budget_moves_where_nobody_has_money_left():
    one = cases([100], [[50_000, 40_000]], [[1, 1]])
    left = np.array([99.0, 99.0])

    found = route_batch(one, plain(2), left, Tolls(np.zeros(2)))

    assert found.route.tolist() == [NOWHERE]
    assert not found.shown.any()
    assert left.tolist() == [99.0, 99.0]


def test_a_joint_route_takes_its_parts_of_each_funder_and_closes_when_one_is_short():
    joint = Budgets(np.array([[1.0, 0.0], [0.3, 0.7]]), np.zeros(2, bool))
    three = cases([100] * 3, [[60_000, 50_000]] * 3, [[1, 2]] * 3)
    left = np.array([1_000.0, 150.0])

    found = route_batch(three, joint, left, Tolls(np.zeros(2)))

    assert found.route.tolist() == [1, 1, 0]
    assert left.tolist() == [1_000 - 60 - 100, 10]


def test_shadow_prices_are_those_of_the_linear_program():
    draw = np.random.default_rng(3)
    n, routes = 1_500, 4
    worth = draw.uniform(20, 100, (n, routes))
    amount = draw.uniform(50, 150, n)
    limit = np.array([20_000.0, 30_000.0, 40_000.0, 1e9])

    found = shadow_prices(worth, amount, plain(routes), limit / n)

    exact = lp_prices(worth, amount, limit)
    assert found == pytest.approx(exact, abs=0.01 * exact.max())
    assert found[3] == 0


def lp_prices(worth, amount, limit):
    n, routes = worth.shape
    each = np.kron(np.eye(n), np.ones(routes))
    used = np.kron(amount, np.eye(routes)).reshape(routes, n * routes)
    found = linprog(
        -worth.ravel(), np.vstack([each, used]), np.concatenate([np.ones(n), limit]), method="highs"
    )
    return -found.ineqlin.marginals[n:]


def test_a_floor_makes_a_lender_cheaper_until_it_has_its_part_and_a_ceiling_dearer():
    draw = np.random.default_rng(4)
    n = 2_000
    worth = draw.uniform(0, 10, (n, 2)) + np.array([5.0, 0.0])
    amount = np.full(n, 100.0)
    share = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    floor = Budgets(share, np.array([False, False, True]))
    rates = np.array([1e6, 1e6, 30.0])

    prices = shadow_prices(worth, amount, floor, rates)
    sent = route_batch(
        Cases(amount.astype(int), np.ones((n, 2), bool), np.zeros((n, 2), int), worth),
        floor,
        rates * n,
        Tolls(floor.by_route(prices), NO_GUARD_PPM),
    ).route

    assert floor.by_route(prices)[1] < 0
    assert (sent == 1).mean() == pytest.approx(0.3, abs=0.02)


def test_a_budget_of_nothing_has_a_price_that_is_bounded_by_the_best_use_of_a_fen():
    worth, amount = np.array([[50.0, 40.0]] * 10), np.full(10, 100.0)

    prices = shadow_prices(worth, amount, plain(2), np.array([0.0, 1e6]))

    assert prices[0] == pytest.approx(0.5)
    assert prices[1] == 0


def test_worth_is_the_chance_of_funding_times_what_borrower_and_platform_gain():
    assert worth_of(np.array([1_000]), np.array([200]), np.array([500_000])).tolist() == [380.0]


def test_every_lender_is_explained_with_reason_cost_worth_toll_and_who_holds():
    one = cases([100], [[50_000, 59_000, 40_000]], [[10, 30, 5]], [[True, True, False]])
    tolls = Tolls(np.array([0.1, 0.0, 0.0]), guard_ppm=10_000)

    lines = explain(one, 0, tolls, 1, {2: "lender_policy"})

    assert [tuple(line) for line in lines] == [
        (0, "", 50_000, 10, 10, True, False),
        (1, "", 59_000, 30, 0, True, True),
        (2, "lender_policy", 40_000, 5, 0, False, False),
    ]


def test_no_budget_is_passed_by_any_order_of_amounts():
    for order in itertools.permutations([300, 500, 700, 200]):
        left = np.array([1_000.0, 400.0])
        found = route_batch(
            cases(order, [[1, 2]] * 4, [[1, 1]] * 4), plain(2), left, Tolls(np.zeros(2))
        )
        for route in range(2):
            held = sum(a for a, r in zip(order, found.route, strict=True) if r == route)
            assert held == [1_000, 400][route] - left[route]
        assert (left >= 0).all()
