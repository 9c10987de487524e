"""One application under two countries' laws: the same flows, two costs, two verdicts with reasons."""

import io
import json

import pytest

from tongtu.channels.cli import main

FACTS = {
    "lender_kind": "bank", "member_state": "BE", "amount_minor": 1_000_000, "exposure_minor": 0,
    "tenor_months": 12, "fee_payees": ["lender", "guarantor"],
    "listed_from": "2025-10-01", "listed_to": "2029-12-31",
}  # fmt: skip


def case(instalment, **changed):
    return {
        "at": "2026-11-24",
        "begins": "2026-01-01",
        "monthly": ["10000", *[instalment] * 12],
        "points": {
            "offer.build": FACTS | changed,
            "contract.withdraw": {"days_since_signing": 3, "granted_withdrawal_days": 0},
        },
    }


def judged(told, monkeypatch, capsys, *under):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(told)))
    status = main(["pack", "judge", "--json", *under])
    return status, json.loads(capsys.readouterr().out)


def verdicts(told, point):
    return {
        law["pack"]: [(one["rule"], one["severity"]) for one in law["points"][point]]
        for law in told["laws"]
    }


def test_the_same_flows_cost_otherwise_and_are_lawful_in_one_country_alone(monkeypatch, capsys):
    # 12 x the monthly IRR stands above China's 24; the APRC of the same stands below the Union's 30.
    status, told = judged(case("-950"), monkeypatch, capsys)

    assert status == 0
    costs = {law["pack"]: law["yearly_cost_percent"] for law in told["laws"]}
    assert costs == {
        "cn/2026.08": {"irr_monthly_x12": "24.91", "irr_compound": "27.96"},
        "eu/2026.11": {"eu.aprc": "28.0"},
    }
    assert verdicts(told, "offer.build") == {
        "cn/2026.08": [("PRICE-01", "block")],
        "eu/2026.11": [],
    }
    assert told["strictest"] == "block"
    (finding,) = told["laws"][0]["points"]["offer.build"]
    assert finding["reason"]  # in words, beside its code
    assert [law["is_illustrative"] for law in told["laws"]] == [False, True]


def test_a_right_of_one_country_is_none_of_the_other(monkeypatch, capsys):
    _, told = judged(case("-938.49"), monkeypatch, capsys)

    assert verdicts(told, "contract.withdraw") == {
        "cn/2026.08": [("COOL-01", "block")],
        "eu/2026.11": [],
    }
    assert verdicts(told, "offer.build") == {"cn/2026.08": [], "eu/2026.11": []}


def test_each_law_reads_its_own_facts_and_misses_what_nobody_said(monkeypatch, capsys):
    told = case("-938.49")
    del told["points"]["offer.build"]["member_state"]

    _, found = judged(told, monkeypatch, capsys)

    assert verdicts(found, "offer.build") == {
        "cn/2026.08": [],
        "eu/2026.11": [("PRICE-01", "block")],
    }
    assert found["laws"][1]["points"]["offer.build"][0]["code"] == "missing_fact"


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"monthly": ["10000"]}, "bad_input"), ({"at": "2020-01-01"}, "no_pack")],
)
def test_a_case_nobody_can_judge_is_refused_by_name(monkeypatch, capsys, changed, code):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(case("-938.49") | changed)))

    assert main(["pack", "judge", "--json"]) != 0

    assert code in capsys.readouterr().err
