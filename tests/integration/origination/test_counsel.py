"""Advice is worked out once a decision, by few at a time, with an engine the lane does not use."""

import asyncio
import json

import pytest

from tongtu.kernel.errors import Overloaded
from tongtu.origination.flow import counsel


@pytest.fixture
def decisions(house):
    """Decide three persons; return their decisions."""
    for n in range(3):
        body = house.apply(house.borrower(shard=n), key=f"apply-{n:08d}", device=f"d{n}").body
        assert json.loads(body)["outcome"] == "offers"
    return [n for (n,) in house.rows("select decision from origination.application order by id")]


@pytest.fixture
def engines(monkeypatch):
    """Note which engine each advice is worked out with."""
    noted = []

    def advise(engine, *rest):
        noted.append(engine)
        return true_advise(engine, *rest)

    true_advise = counsel.advise
    monkeypatch.setattr(counsel, "advise", advise)
    return noted


def test_a_decision_that_is_asked_about_again_and_again_is_worked_out_once(
    house, run, decisions, engines
):
    lane = house.decisions

    async def ask():
        return await asyncio.gather(*(lane.counsel.find_advice(decisions[0]) for _ in range(40)))

    assert run(ask()) + run(ask()) == [None] * 80
    assert len(engines) == 1
    assert engines[0] is not lane.engine
    assert engines[0].version.hash == lane.engine.version.hash


def test_who_asks_beyond_the_queue_is_told_when_to_come_back(
    house, run, decisions, engines, monkeypatch
):
    monkeypatch.setattr(counsel, "WAITING_MAX", 2)
    find = house.decisions.counsel.find_advice

    async def ask():
        return await asyncio.gather(*(find(one) for one in decisions), return_exceptions=True)

    *answered, refused = run(ask())

    assert answered == [None, None]
    assert isinstance(refused, Overloaded)
    assert refused.retry_after_s == counsel.RETRY_AFTER_S
    assert run(find(decisions[2])) is None
    assert len(engines) == 3


def test_what_is_kept_of_advice_is_bounded(house, run, decisions, engines, monkeypatch):
    monkeypatch.setattr(counsel, "KEPT_MAX", 2)

    for one in [*decisions, decisions[2], decisions[0]]:
        assert run(house.decisions.counsel.find_advice(one)) is None

    assert len(engines) == 4
