"""A case whose time is over is ended by a clock, whoever waits for it, and that is told once."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tongtu.journey.api import VerificationClock
from tongtu.verification.api import HttpNetwork
from tongtu.verification.model import CASE_LIFE

from .conftest import SECRET

SECOND = timedelta(seconds=1)


@pytest.fixture
def seen(rows):
    """What the tables say of all cases, and what was told of them."""

    class Seen:
        def states(self):
            return rows("select state, closed_at from verification.identity_case order by id")

        def told(self):
            return rows(
                "select payload from runtime.outbox where topic = 'verification.concluded' order by id"
            )

    return Seen()


@pytest.fixture
def waiting(person, authority, parts, runtime):
    """A case that waits for a person of the house."""
    url = authority("--sim-swapped", "1")
    parts.verifying.network = HttpNetwork(runtime, url, SECRET)
    who = person()
    case = who.open(funds=True)
    who.check(case)
    who.post(f"/v1/verifications/{case}/phone-checks", {"device_token": "device-7"})
    assert who.end(case).json()["state"] == "review"
    return case


def test_a_case_that_waits_is_ended_in_the_second_its_time_is_over_and_told_once(
    waiting, person, runtime, run, seen
):
    other = person()
    untouched = other.open(funds=True)
    clock, before = VerificationClock(runtime), seen.told()
    runtime.clock.advance(CASE_LIFE - SECOND)

    in_time, states = run(clock.step()), seen.states()
    runtime.clock.advance(SECOND)
    with capture_logs() as logs:
        ended, again = run(clock.step()), run(clock.step())

    other.token = other.api.sign_in(other.phone)
    assert waiting != untouched
    assert (in_time, [state for state, _ in states]) == (0, ["review", "open"])
    assert (ended, again) == (2, 0)
    assert seen.states() == [("expired", runtime.clock.now())] * 2
    assert len(seen.told()) == len(before) + 2
    assert [(line["event"], line["cases"]) for line in logs] == [("verifications_left_waiting", 1)]
    assert other.see(untouched).json()["state"] == "expired"


def test_who_comes_back_after_the_end_begins_anew_and_the_old_case_takes_nothing(
    person, authority, runtime, run
):
    authority()
    who = person()
    case = who.open(funds=True)
    runtime.clock.advance(CASE_LIFE)
    run(VerificationClock(runtime).step())
    who.token = who.api.sign_in(who.phone)

    late = who.check(case)
    new = who.open(funds=True)

    assert (late.status_code, late.json()["code"]) == (409, "case_closed")
    assert new != case


def test_more_than_a_batch_is_ended_in_one_turn(person, runtime, run, seen, monkeypatch):
    monkeypatch.setattr("tongtu.journey.verification_clock.BATCH_MAX", 2)
    for _ in range(5):
        person().open(funds=True)
    runtime.clock.advance(CASE_LIFE)

    assert run(VerificationClock(runtime).step()) == 5
    assert seen.states() == [("expired", runtime.clock.now())] * 5
