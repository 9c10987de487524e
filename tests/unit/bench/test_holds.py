"""What holding money at every shown offer costs, on a market small enough to count by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from bench.market.holds import WAYS, play

AMOUNT = 1_000


def small(budget, seconds):
    """Return a market of two lenders, one dearer, each with a budget of one day and month."""
    n = len(seconds)
    cases = SimpleNamespace(
        amount_minor=np.full(n, AMOUNT),
        is_eligible=np.ones((n, 2), bool),
        cost_ppm=np.tile([100, 200], (n, 1)),
    )
    return SimpleNamespace(
        cases=cases, day=np.zeros(n, int), second=np.array(seconds), days=1,
        limit=np.full(4, float(budget)),
    )  # fmt: skip


def test_where_everybody_holds_at_all_one_person_who_thinks_shuts_the_market_for_the_next():
    market = small(AMOUNT, [0, 10, 20_000])

    told = {way: play(market, way, 1.0, 7) for way in WAYS}

    # The first holds both lenders; the second sees nobody, the third the one that came free.
    assert (told["all"].served, told["all"].unseen) == (2, 1)
    # Here the second sees the lender that is not held; then all is lent.
    assert (told["cheapest"].served, told["cheapest"].unseen) == (2, 1)
    assert told["cheapest"].shown == 3
    assert told["all"].shown == 3


def test_what_is_not_held_may_be_gone_and_then_who_is_left_is_taken():
    market = small(AMOUNT, [0, 10])

    told = play(market, "none", 1.0, 7)

    assert (told.served, told.gone, told.lent_minor) == (2, 1, 2.0 * AMOUNT)


def test_who_takes_nothing_holds_until_the_day_ends_and_no_longer():
    market = small(AMOUNT, [0, 10_000])

    told = play(market, "all", 0.0, 7)

    assert (told.wanted, told.shown) == (0, 2)
    market.days, market.day = 2, np.array([0, 1])
    assert play(market, "all", 0.0, 7).shown == 4


@pytest.mark.parametrize("way", WAYS)
def test_no_way_passes_a_budget(way):
    market = small(3 * AMOUNT, list(range(0, 4_000, 40)))

    told = play(market, way, 1.0, 11)

    assert told.lent_minor <= 2 * 3 * AMOUNT
