import numpy as np
import pytest

from tongtu.policy.api import Pack
from tongtu.risk.api import FEATURES, facts_row, load_application_rules, rule_facts, verdict
from tongtu.risk.files import APPLICATION_RULES
from tongtu.tables.api import load_cases, rules_root, uncovered_rows

PACK = "cn/2026.08"


@pytest.fixture(scope="module")
def rules():
    return load_application_rules()


@pytest.fixture(scope="module")
def answers(rules, table):
    return [
        verdict(rules.evaluate(rule_facts(facts_row(row), party_recent=0, device_recent=0)))
        for row in table.seen.facts
    ]


def test_every_row_of_the_table_is_proved_by_a_golden_case(rules):
    cases = load_cases(rules_root() / APPLICATION_RULES)

    assert uncovered_rows(rules, cases) == []


def test_every_code_a_person_may_be_told_has_its_text_in_both_languages(rules):
    pack = Pack.load(PACK)
    cases = load_cases(rules_root() / APPLICATION_RULES)
    codes = {
        row["reason"]
        for case in cases
        if isinstance(case["expect"], list)
        for row in case["expect"]
    }
    codes |= {one.reason for one in FEATURES} | {one.reason_unknown for one in FEATURES}

    assert len(codes) == 19
    assert all(pack.reason(code, lang) for code in codes for lang in ("zh", "en"))


def test_a_rule_refuses_only_groups_twice_as_risky_as_the_average(table, answers):
    is_bad = np.array(table.seen.is_bad)
    fired = {name for answer in answers for name in answer.fired}
    shares = {
        name: float(is_bad[[name in answer.fired for answer in answers]].mean()) for name in fired
    }

    # Velocity (13, 14, 23, 24) is not in the table's data.
    assert len(fired) == 20
    refusing = [name for name in fired if int(name[-2:]) <= 14]
    assert min(shares[name] for name in refusing) > 2 * is_bad.mean()
    assert min(shares.values()) > 1.5 * is_bad.mean()


def test_who_passes_the_rules_is_half_as_risky_as_the_average(table, answers):
    is_bad = np.array(table.seen.is_bad)
    passed = np.array([answer.severity == "pass" for answer in answers])

    assert round(float(passed.mean()), 2) == 0.69
    assert round(float(is_bad[passed].mean()), 2) == 0.16
    assert round(float(is_bad.mean()), 2) == 0.28


def test_unknown_is_asked_as_unknown_and_never_as_zero(rules, plain):
    facts = rule_facts(
        facts_row(plain | {"income_minor": None, "assets_minor": None, "debt_minor": None}),
        party_recent=1,
        device_recent=2,
    )

    assert (facts["has_income"], facts["income_minor"], facts["savings_minor"]) == (False, 0, 0)
    assert (facts["has_assets"], facts["has_debt"]) == (False, False)
    assert verdict(rules.evaluate(facts)).reasons == (
        "income_missing", "assets_missing", "missing_fact",
    )  # fmt: skip


def test_the_harder_severity_stands_and_gives_its_own_reasons():
    rows = [
        {"rule": "A", "severity": "review", "reason": "income_missing"},
        {"rule": "B", "severity": "decline", "reason": "negative_records"},
        {"rule": "C", "severity": "decline", "reason": "negative_records"},
    ]

    answer = verdict(rows)

    assert (answer.severity, answer.reasons) == ("decline", ("negative_records",))
    assert answer.fired == ("A", "B", "C")
    assert verdict([]).severity == "pass"
    assert verdict(rows[:1]).reasons == ("income_missing",)
