"""The bureau's report: asked with consent, kept whatever became of it, and read by the lane."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tongtu.kernel.clock import FixedClock
from tongtu.kernel.errors import Refused
from tongtu.policy.api import Pack
from tongtu.risk.api import HttpInformant, Purpose, fetch_report

LAW = Pack.load("cn/2026.08")
SOURCE = Path(__file__).parents[3] / "src"


@pytest.fixture
def bureau(run, runtime):
    """Start bureaus with these faults as processes; each is ended by its own signal."""
    begun, at = [], runtime.clock.now().isoformat()

    def start(*faults):
        process = subprocess.Popen(
            [sys.executable, "-m", "tongtu.simulators.bureau", "--seed", "1", "--at", at, *faults],
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(SOURCE)},
        )
        port = json.loads(process.stdout.readline())["port"]
        provider = HttpInformant("simulator", f"http://127.0.0.1:{port}/reports", timeout_s=1.0)
        begun.append((process, provider))
        return provider

    yield start
    for process, provider in begun:
        run(provider.close())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        process.stdout.close()


@pytest.fixture
def needing(house, engine):
    """Let the product of the tests need a report of the last 30 days."""
    products = engine._catalogue._products
    was = products["consumer_cash"]
    products["consumer_cash"] = replace(was, bureau_days=30)
    yield house
    products["consumer_cash"] = was


def consenting(house, version="2026.08"):
    caller = house.borrower()
    house.run(_grant(house, caller, version))
    return caller


async def _grant(house, caller, version):
    async with house.runtime.database.transaction() as connection:
        await connection.execute(
            "insert into identity.consent (cell, id, party, scope, version, salt, granted_at)"
            " values ($1, $2, $3, 'bureau_query', $4, $5, $6)",
            caller.cell,
            house.runtime.ids.new(7),
            caller.subject,
            version,
            b"s" * 16,
            house.runtime.clock.now(),
        )


@pytest.fixture(autouse=True)
def a_minute_later(runtime, bureau):
    """A minute has passed since the instant at which the bureau's clock stands."""
    runtime.clock.advance(timedelta(minutes=1))


def fetch(house, provider, caller):
    return house.run(
        fetch_report(house.runtime, LAW, provider, caller, Purpose.LOAN_APPLICATION)
    ).state


def decided(house, caller, key="apply"):
    answer = json.loads(house.apply(caller, key=f"{key}-00001").body)
    return answer["outcome"], tuple(one["code"] for one in answer["reasons"])


def test_without_consent_nobody_is_asked_about(house, bureau):
    caller = house.borrower()

    with pytest.raises(Refused) as refused:
        fetch(house, bureau(), caller)

    assert refused.value.code == "consent_missing"
    assert house.value("select count(*) from risk.bureau_query") == 0


@pytest.mark.parametrize(
    ("route", "version", "code"),
    [
        ("data_vendor", "2026.08", "bureau_direct"),  # 断直连
        ("licensed_bureau", "2025.01", "consent_missing"),  # to texts that are not live any more
    ],
)
def test_a_bureau_the_law_does_not_let_be_asked_is_not(house, bureau, route, version, code):
    caller, provider = consenting(house, version), bureau()
    provider.route = route

    with pytest.raises(Refused) as refused:
        fetch(house, provider, caller)

    assert refused.value.code == code
    assert house.value("select count(*) from risk.bureau_query") == 0


@pytest.mark.parametrize(
    ("faults", "state", "reasons"),
    [
        ((), "report", ()),
        (("--no-answer", "1"), "no_answer", ("bureau_missing",)),
        (("--malformed", "1"), "malformed", ("bureau_missing",)),
        (("--no-record", "1"), "no_record", ("bureau_no_record",)),
        (("--stale", "1"), "report", ("bureau_stale",)),
    ],
)
def test_what_became_of_asking_is_kept_and_decides(needing, bureau, faults, state, reasons):
    caller = consenting(needing)
    assert decided(needing, caller, "before") == ("review", ("bureau_missing",))

    assert fetch(needing, bureau(*faults), caller) == state

    rows = needing.rows("select state, purpose, consent_version from risk.bureau_query")
    assert rows == [(state, "loan_application", "2026.08")]
    outcome, told = decided(needing, caller)
    if reasons:
        assert (outcome, told) == ("review", reasons)
    else:
        assert outcome == "offers"


def test_an_answer_to_another_query_is_no_report_of_this_person(needing, bureau):
    provider = bureau("--duplicate", "1")
    first, second = consenting(needing), consenting(needing)

    assert fetch(needing, provider, first) == "report"
    assert fetch(needing, provider, second) == "malformed"
    assert decided(needing, second) == ("review", ("bureau_missing",))


def test_a_report_grows_too_old_for_a_decision(needing, bureau, runtime):
    caller = consenting(needing)
    fetch(needing, bureau(), caller)
    later = FixedClock(runtime.clock.now() + timedelta(days=400))
    object.__setattr__(runtime, "clock", later)

    assert decided(needing, caller) == ("review", ("bureau_stale",))


def test_a_report_from_the_future_is_none(needing, bureau, runtime):
    caller, provider = consenting(needing), bureau()
    earlier = FixedClock(runtime.clock.now() - timedelta(days=2))
    object.__setattr__(runtime, "clock", earlier)

    assert fetch(needing, provider, caller) == "malformed"


def test_a_person_is_not_asked_about_twice_a_day(house, bureau):
    caller, provider = consenting(house), bureau()

    assert [fetch(house, provider, caller), fetch(house, provider, caller)] == ["report", "report"]
    assert house.value("select count(*) from risk.bureau_query") == 1


def test_the_bureau_is_asked_before_the_decision_of_a_product_that_needs_it(needing, bureau):
    house = needing
    house.bureau = bureau()
    asked = "select count(*) from risk.bureau_query"

    answer = json.loads(house.apply(consenting(house), key="apply-00000001").body)
    assert "bureau_missing" not in {one["code"] for one in answer["reasons"]}
    assert house.value(asked) == 1

    other = json.loads(house.apply(house.borrower(), key="apply-00000002", device="other").body)
    assert (other["outcome"], [one["code"] for one in other["reasons"]]) == (
        "review",
        ["bureau_missing"],
    )
    assert house.value(asked) == 1  # nobody is asked about without the written consent
    house.apply(house.borrower(), key="apply-00000003", device="third", product="goods_instalment")
    assert house.value(asked) == 1  # nor for a product that needs no report


def test_a_bureau_that_does_not_answer_sends_the_case_to_a_person(needing, bureau):
    house = needing
    house.bureau = bureau("--no-answer", "1")

    answer = json.loads(house.apply(consenting(house), key="apply-00000001").body)

    assert (answer["outcome"], [one["code"] for one in answer["reasons"]]) == (
        "review",
        ["bureau_missing"],
    )
