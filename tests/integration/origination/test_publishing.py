"""Changed rules: proved at the save, beside the lane without acting, published by two persons."""

import json
from datetime import timedelta

import pytest

from tongtu.identity.api import Caller, Role
from tongtu.kernel.clock import FixedClock
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed
from tongtu.origination.api import RuleShadow, restore_engine, try_rules
from tongtu.risk.api import (
    RuleStatus,
    find_rule_set,
    list_rule_sets,
    note_swap,
    propose_publication,
    publish_rules,
    rules_standing,
    save_rules,
    shadow_rules,
)
from tongtu.tables.api import rules_root

ANALYST = Caller(Role.ANALYST, 900, 0, 0)
OPERATOR = Caller(Role.OPERATOR, 901, 0, 0)
CLERK = Caller(Role.CLERK, 902, 0, 0)


def stricter():
    """Decline everybody with less than sixty years in a job; keep the cases that still hold."""
    table = json.loads((rules_root() / "application_rules.json").read_text(encoding="utf-8"))
    rows = table["nodes"][1]["content"]["rules"]
    rows.insert(0, {**rows[0], "_id": "RULE-99", "rule": "'RULE-99'", "records": "false",
                    "seniority": "< 60", "severity": "'decline'", "reason": "'short_employment'"})  # fmt: skip
    cases = json.loads((rules_root() / "application_rules.cases.json").read_text(encoding="utf-8"))
    return {
        "application_rules.json": json.dumps(table),
        "application_rules.cases.json": json.dumps(cases[1:2]),
    }


@pytest.fixture
def do(house, run):
    def step(flow, *arguments):
        async def work():
            async with house.runtime.database.transaction() as connection:
                return await flow(connection, *arguments)

        return run(work())

    return step


@pytest.fixture
def saved(run, house):
    return run(save_rules(house.runtime, ANALYST, stricter(), "a stricter line")).hash


def outcome(house, key, **changes):
    return json.loads(house.apply(house.borrower(), key=key, **changes).body)["outcome"]


def test_rules_whose_golden_cases_fail_are_not_saved_and_the_case_is_named(do, run, house):
    broken = {"application_rules.json": stricter()["application_rules.json"]}

    with pytest.raises(BadInput) as refusal:
        run(save_rules(house.runtime, ANALYST, broken, "a stricter line"))

    assert refusal.value.code == "golden_cases_failed"
    assert "RULE-99" in refusal.value.detail
    assert do(list_rule_sets) == []


def test_a_file_nested_beyond_reading_is_refused_like_any_that_is_no_json(do, run, house):
    deep = {"application_rules.json": "[" * 200_000}

    with pytest.raises(BadInput) as refusal:
        run(save_rules(house.runtime, ANALYST, deep, "a stricter line"))

    assert refusal.value.code == "golden_cases_failed"
    assert do(list_rule_sets) == []


@pytest.mark.parametrize("files", [{}, {"../lenders.toml": ""}, {"lender_eligibility.json": "{}"}])
def test_other_files_than_the_platforms_rules_are_not_taken(do, run, house, files):
    with pytest.raises(BadInput):
        run(save_rules(house.runtime, ANALYST, files, "a stricter line"))
    with pytest.raises(NotAllowed):
        run(save_rules(house.runtime, CLERK, stricter(), "a stricter line"))
    assert do(list_rule_sets) == []


def test_rules_in_shadow_count_who_would_be_answered_otherwise_and_never_act(
    do, house, run, saved, monkeypatch
):
    do(shadow_rules, ANALYST, saved)
    assert [outcome(house, f"apply-{n:08d}", device=f"d{n}") for n in range(3)] == ["offers"] * 3
    shadow = RuleShadow(house.runtime, lambda: house.decisions)
    early = run(shadow.follow())
    assert early.get("looked_at", 0) == 0  # a commit with a lower id might still come

    later = FixedClock(house.runtime.clock.now() + timedelta(minutes=1))
    monkeypatch.setattr(house.runtime.clock, "now", later.now)
    for _ in range(2):  # what was counted is not counted again
        counted = run(shadow.follow())
        assert counted["looked_at"] == 3
        assert counted["flips"] == [["offers", "declined", 3]]
        assert counted["rules"]["RULE-99"] == 3
    assert do(find_rule_set, saved).shadow["looked_at"] == 3
    assert outcome(house, "apply-00000009", device="d9") == "offers"


def test_rules_are_published_by_two_persons_after_a_backtest_and_decide_from_then_on(
    do, house, run, saved
):
    assert outcome(house, "apply-00000001") == "offers"
    with pytest.raises(Conflict) as refusal:
        do(propose_publication, house.runtime, ANALYST, saved)
    assert refusal.value.code == "not_backtested"

    swap = run(try_rules(house.runtime, house.decisions, stricter()))
    assert (swap["looked_at"], swap["flips"]) == (1, [["offers", "declined", 1]])
    do(note_swap, saved, swap)
    approval = do(propose_publication, house.runtime, OPERATOR, saved)
    with pytest.raises(NotAllowed):
        do(publish_rules, house.runtime, OPERATOR, approval.id)
    assert do(rules_standing) == {}
    assert do(publish_rules, house.runtime, ANALYST, approval.id).status is RuleStatus.PUBLISHED

    files = do(rules_standing)[RuleStatus.PUBLISHED].files
    packed = house.decisions.engine.version.sources
    run(house.decisions.swap(restore_engine(packed, house.runtime.public, None, files)))
    assert outcome(house, "apply-00000002", device="other") == "declined"
    assert house.rows("select topic from runtime.outbox where topic like 'risk.%'") == [
        ("risk.rules_published",)
    ]
