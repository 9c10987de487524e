"""A small market played through: lists whole, budgets kept, close to the best."""

import json

import numpy as np
import pytest
from bench.market.bound import bound

from tongtu.channels.cli import main
from tongtu.insight.api import PlayRules, Shares, lay_out, lists, play
from tongtu.insight.market import _like_the_rest
from tongtu.simulators.api import market
from tongtu.terms.api import quote


@pytest.fixture(scope="module")
def small():
    return market(1, 1_200)


@pytest.fixture(scope="module")
def played(small):
    return lay_out(small)


@pytest.fixture(scope="module")
def routed(played):
    return play(played, PlayRules(every=200))


def test_each_cost_is_the_one_of_the_offers_own_schedule(small, played):
    came = small.arrivals
    for case in range(0, 1_200, 121):
        lender = int(np.flatnonzero(played.cases.is_eligible[case])[0])
        rate = int(small.lenders.rate_bps[lender, came.band[case]])
        made = quote(int(came.amount_minor[case]), rate, int(came.tenor_months[case]))
        assert played.cases.cost_ppm[case, lender] == made.irr12_ppm


def test_every_list_is_whole_and_no_budget_is_passed(played, routed):
    seen = lists(played, routed)

    assert (seen.whole, seen.passed) == (seen.lists, 0)


def test_what_is_held_costs_at_most_the_guard_more_than_the_cheapest_shown(played):
    found = play(played, PlayRules(guard_ppm=5_000, every=200))
    at = np.flatnonzero(found.route >= 0)
    costs = np.where(found.shown, played.cases.cost_ppm, 10**9)

    assert (played.cases.cost_ppm[at, found.route[at]] <= costs[at].min(axis=1) + 5_000).all()


def test_shadow_prices_are_worth_more_than_cheapest_first_and_less_than_the_optimum(played, routed):
    best, short = bound(played, played.cases.is_eligible)
    cheapest = play(played, PlayRules(every=0))

    assert short < 1e-6 * best
    assert cheapest.worth(played.cases) < 0.94 * best
    assert 0.95 * best < routed.worth(played.cases) < best


def test_a_ceiling_bounds_every_lenders_part(small):
    bounded = lay_out(small, Shares(ceiling_ppm=70_000))
    found = play(bounded, PlayRules(every=200))
    sent = np.bincount(
        found.route[found.route >= 0],
        weights=bounded.cases.amount_minor[found.route >= 0],
        minlength=20,
    )

    assert (sent <= bounded.limit[40:60]).all()
    assert bounded.limit[40] == pytest.approx(0.07 * small.arrivals.amount_minor.sum(), rel=0.05)


def test_the_command_tells_both_sides_and_why_each_lender_of_a_case_is_where_it_is(capsys):
    assert main(["market-sim", "--arrivals", "600", "--explain", "500", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["is_simulated"] is True
    assert len(told["explained"]) == 20
    assert sum(line["is_held"] for line in told["explained"]) == 1
    assert told["routed"]["budget_passed"] == told["cheapest_first"]["budget_passed"] == 0


def test_what_is_still_to_come_of_a_day_is_told_by_the_same_hours_of_the_days_before():
    played = lay_out(market(3, 3_000, days=6))
    today = int(np.searchsorted(played.day, 5))
    done = today + 250  # some cases of the sixth day are over
    now = played.second[done - 1]

    rows = _like_the_rest(played, PlayRules(days_back=3, window=10_000), (5, 250, done))

    assert set(played.day[rows].tolist()) == {2, 3, 4}
    assert (played.second[rows] >= now).all()
    assert len(rows) == sum((played.second[played.day == day] >= now).sum() for day in (2, 3, 4))
    # Of a day's last minute too few are left: then its last hundred stand for it, of each day.
    late = _like_the_rest(played, PlayRules(days_back=3), (5, 1, len(played.day)))
    assert np.bincount(played.day[late])[2:].tolist() == [100, 100, 100]
