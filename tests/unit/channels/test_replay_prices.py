"""The price experiment in a replay's report: simulated, said so, and right about its own truth."""

import json

import pytest

from tongtu.channels.cli.replay_prices import CASES, LOWER_BPS, PEOPLE_MIN, rehearse_prices
from tongtu.replay.price_rows import SECTION, experiment_rows


def answer(place, lender="yunxiu"):
    rate = 4.30 + 0.9 * (place % 8)
    offer = {"lender": {"id": lender}, "amount_minor": 1_000_000, "rate_percent": f"{rate:.2f}"}
    return {"score": {"band": place % 8}, "offers": [offer]}


@pytest.fixture(scope="module")
def told():
    return rehearse_prices([answer(n) for n in range(64)] + [answer(1, "other")])


def test_each_arm_has_its_chance_its_blocks_and_four_estimates_of_what_it_truly_earns(told):
    assert (told["is_simulated"], told["lender"], told["people"]) == (True, "yunxiu", 64)
    assert (told["cases"], told["blocks"]) == (CASES, 672)
    assert [one["propensity"] for one in told["arms"]] == [0.4, 0.3, 0.3]
    assert sum(one["cases"] for one in told["arms"]) == CASES
    assert sum(one["blocks"] for one in told["arms"]) == 672
    for arm in told["arms"]:
        assert [*arm["estimates"]] == ["ips", "snips", "dr", "own"]
        values = [one["value"] for one in arm["estimates"].values()]
        assert all(abs(value / arm["truth"] - 1) < 0.15 for value in values)
    # An arm's estimates share its luck: with this seed one of three arms had little of it.
    holds = [one["holds_truth"] for arm in told["arms"] for one in arm["estimates"].values()]
    assert (len(holds), sum(holds)) == (12, 9)


def test_lower_prices_are_accepted_more_often_by_the_simulated_truth(told):
    shares = [one["accepted"] for one in told["arms"]]

    assert shares == sorted(shares)
    assert [one["name"] for one in told["arms"]] == [
        "published", *[f"{less} bps lower" for less in LOWER_BPS]
    ]  # fmt: skip


def test_the_report_shows_it_and_says_what_is_simulated(told):
    rows = experiment_rows(json.loads(json.dumps(told)))

    assert {section for section, _, _ in rows} == {SECTION}
    assert "simulated" in SECTION
    assert len(rows) == 1 + 2 * 3 + 2
    assert experiment_rows(None) == []


def test_too_few_people_teach_nothing():
    assert rehearse_prices([answer(n) for n in range(PEOPLE_MIN - 1)]) is None
    assert rehearse_prices([{"score": {"band": 0}, "offers": []}]) is None
