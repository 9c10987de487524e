"""Monitoring over stored decisions: drift sounds an alarm once, and it is cleared when it is over."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.origination.conftest import ASKED, STATED
from tests.loaded import POINTS_TABLE

from tongtu.insight.api import Monitor
from tongtu.journey.api import apply
from tongtu.origination.api import load_engine, shipped_sources
from tongtu.risk.api import find_monitoring, list_alarms, register
from tongtu.risk.rules import drift

STUDY = Path(__file__).parents[2] / "data" / "study"
PEOPLE = 30


@pytest.fixture
def read(house, run):
    def one(flow):
        async def work():
            async with house.runtime.database.reading() as connection:
                return await flow(connection)

        return run(work())

    return one


@pytest.fixture
def crowd(house, run):
    """Let so many people apply at once with these facts; their ids."""

    def go(name, **facts):
        callers = [house.borrower() for _ in range(PEOPLE)]

        async def work():
            asked = ASKED._replace(declared=STATED._replace(**facts))
            await asyncio.gather(
                *(
                    apply(house, caller, asked._replace(key=f"{name}-{n:08d}", device=f"{name}{n}"))
                    for n, caller in enumerate(callers)
                )
            )

        run(work())

    return go


@pytest.fixture
def look(house, run, monkeypatch):
    """Look once at the decisions, with a model that learnt from people six years in their job."""
    monkeypatch.setattr(drift, "ROWS_MIN", PEOPLE)
    manifest = {
        "features": [
            {
                "name": "seniority_years",
                "bins": [
                    {"from": None, "good": 5, "bad": 5},
                    {"from": 2, "good": 900, "bad": 90},
                ],
            }
        ]
    }

    async def known():
        async with house.runtime.database.transaction() as connection:
            model = house.decisions.engine.version.model_hash
            await register(connection, model, manifest, house.runtime.clock.now())

    run(known())
    monitor = Monitor(house.runtime, lambda: house.decisions, house.desk)
    return lambda: run(monitor.look())


def test_a_shift_of_the_applicants_is_an_alarm_once_and_is_cleared_when_it_is_over(
    house, crowd, look, read
):
    crowd("usual")
    ((name, value, level),) = look()["shifts"]
    assert (name, level) == ("seniority_years", "quiet")
    assert value < 0.1
    assert read(list_alarms) == []

    crowd("young", seniority_years=1)
    report = look()
    assert [(name, level) for name, _, level in report["shifts"]] == [("seniority_years", "alarm")]
    look()
    (alarm,) = read(list_alarms)
    assert (alarm.kind, alarm.subject, alarm.cleared_at) == (
        "feature_shift",
        "seniority_years",
        None,
    )
    assert alarm.value > 0.25
    topics = "select topic from runtime.outbox where topic like 'risk.alarm%'"
    assert house.rows(topics) == [("risk.alarm_raised",)]

    house.execute("delete from origination.decision")
    crowd("again")
    look()
    assert read(list_alarms)[0].cleared_at is not None
    assert [topic for (topic,) in house.rows(topics)] == ["risk.alarm_raised", "risk.alarm_cleared"]


def test_persons_who_say_otherwise_too_often_are_an_alarm_until_they_do_not(
    house, crowd, look, read
):
    crowd("usual")
    house.execute(
        "insert into origination.ruling select 0, n, n, n, 'declined', '', 'approve', '{income_proved}',"
        " '{}', n <= 5, 901, null, '2026-11-24', $1 from generate_series(1, 20) n",
        house.runtime.clock.now(),
    )

    told = look()["overrides"]

    assert (told["rulings"], told["overrides"], told["rate"]) == (20, 5, 0.25)
    look()
    (alarm,) = read(list_alarms)
    assert (alarm.kind, alarm.value, alarm.line) == ("override_rate", 0.25, 0.2)
    house.execute("update origination.ruling set is_override = false")
    look()
    assert read(list_alarms)[0].cleared_at is not None
    topics = "select topic from runtime.outbox where topic like 'risk.alarm%'"
    assert [topic for (topic,) in house.rows(topics)] == ["risk.alarm_raised", "risk.alarm_cleared"]


def test_the_progress_of_a_look_stands_in_the_database(house, crowd, look, read):
    assert read(find_monitoring) is None
    crowd("usual")
    look()
    found = read(find_monitoring)
    assert found.done_at is not None
    # Of what there was, not of the window there could have been.
    assert (found.looked, found.of) == (PEOPLE, PEOPLE)
    assert found.report["decisions"] == PEOPLE


def test_champion_and_challenger_are_told_side_by_side(house, crowd, look, run):
    crowd("alone")
    rules = replace(shipped_sources(POINTS_TABLE), challenger=STUDY)
    run(house.decisions.swap(load_engine(rules, house.runtime.public)))
    crowd("beside")
    crowd("worse", records=True)

    told = look()["champion_and_challenger"]

    assert told["decisions"] == 2 * PEOPLE
    assert told["mean_pd"]["challenger"] > 0.11
    assert sum(told["lines"]["share"].values()) == pytest.approx(1)
    assert told["loans"] == 0
