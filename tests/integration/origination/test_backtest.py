"""A change of rules on stored decisions: who would flip, by segment, and nothing is written."""

import json
import shutil
from dataclasses import replace

import pytest
from tests.integration.origination.conftest import BUSINESS_DATE
from tests.loaded import POINTS_TABLE

from tongtu.channels.cli.backtest import text
from tongtu.kernel.errors import Broken
from tongtu.origination.api import backtest, load_engine, shipped_sources
from tongtu.tables.api import BadTable

DAYS = (BUSINESS_DATE, BUSINESS_DATE)


@pytest.fixture
def changed(tmp_path, runtime):
    """Load the shipped rules with the line of one rule moved."""

    def make(rule, column, cell):
        rules = shutil.copytree(shipped_sources(POINTS_TABLE).rules, tmp_path / f"{rule}-{cell}")
        path = rules / "fraud_rules.json"
        table = json.loads(path.read_text(encoding="utf-8"))
        row = next(r for r in table["nodes"][1]["content"]["rules"] if r["_id"] == rule)
        row[column] = cell
        path.write_text(json.dumps(table), encoding="utf-8")
        cases = rules / "fraud_rules.cases.json"
        kept = [
            case
            for case in json.loads(cases.read_text(encoding="utf-8"))
            if "person on one" not in case["name"] and "family" not in case["name"]
        ]
        cases.write_text(json.dumps(kept), encoding="utf-8")
        return replace(shipped_sources(POINTS_TABLE), rules=rules)

    return lambda *change: load_engine(make(*change), runtime.public)


@pytest.fixture
def three_on_one_device(house):
    """Decide three persons on one device and one on another: two offers, a review, an offer."""
    outcomes = [
        json.loads(house.apply(house.borrower(shard=n), key=f"apply-{n:08d}", device=device).body)[
            "outcome"
        ]
        for n, device in enumerate(["one", "one", "one", "two"])
    ]
    assert outcomes == ["offers", "offers", "review", "offers"]
    return house


def test_rules_as_they_are_flip_nobody(three_on_one_device, engine, run):
    house = three_on_one_device
    found = run(backtest(house.runtime, house.decisions.versions, engine, DAYS))

    assert (found.looked_at, dict(found.flips)) == (4, {})
    assert dict(found.outcomes) == {"offers": 3, "review": 1}


def test_a_stricter_rule_shows_who_would_be_held_and_writes_nothing(
    three_on_one_device, changed, run
):
    house, before = three_on_one_device, three_on_one_device.counts()

    found = run(
        backtest(
            house.runtime,
            house.decisions.versions,
            changed("FRAUD-04", "device_parties", ">= 2"),
            DAYS,
        )
    )

    assert dict(found.flips) == {("offers", "review"): 1}
    assert found.segments["product consumer_cash"] == {("offers", "review"): 1}
    assert dict(found.rules) == {"FRAUD-04": 1}
    second = house.value(
        "select decision from origination.application order by id offset 1 limit 1"
    )
    assert found.named == {("offers", "review"): [second]}
    assert house.counts() == before
    assert "offers    -> review           1   25.00%" in text(found)


def test_a_looser_rule_shows_who_would_be_let_through(three_on_one_device, changed, run):
    house = three_on_one_device
    candidate = changed("FRAUD-04", "device_parties", ">= 4")

    found = run(backtest(house.runtime, house.decisions.versions, candidate, DAYS))

    assert dict(found.flips) == {("review", "offers"): 1}


def test_rules_whose_golden_cases_fail_are_not_asked(changed):
    with pytest.raises(BadTable, match="the fifth of a ring"):
        changed("FRAUD-05", "ring", ">= 6")


def test_a_decision_that_does_not_replay_stops_the_report(three_on_one_device, engine, run):
    house = three_on_one_device
    packer = house.decisions.versions.packer
    decision, packed = house.rows("select id, record from origination.decision order by id")[0]
    record, answer = packer.unpack(packed)
    tampered = record.replace(b"goods", b"stock")
    house.execute(
        "update origination.decision set record = $2 where id = $1",
        decision,
        packer.pack(tampered, answer),
    )

    with pytest.raises(Broken, match="does not replay"):
        run(backtest(house.runtime, house.decisions.versions, engine, DAYS))
