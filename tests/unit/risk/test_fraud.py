import json

import pytest

from tongtu.risk.api import QUIET_FACTS, Bureau, load_fraud_rules
from tongtu.risk.rules.fraud import asked, read_fraud_rules
from tongtu.tables.api import (
    BadTable,
    Table,
    load_cases,
    load_proved_table,
    rules_root,
    uncovered_rows,
)

PATH = rules_root() / "fraud_rules.json"
TYPOLOGIES = (rules_root() / "typologies.toml").read_bytes()


@pytest.fixture(scope="module")
def rules():
    return load_fraud_rules()


def seen(**signals):
    return QUIET_FACTS._replace(signals=QUIET_FACTS.signals._replace(**signals))


def test_a_quiet_application_passes(rules):
    found = rules.judge(QUIET_FACTS)

    assert (found.severity, found.reasons, found.fired) == ("pass", (), ())


def test_every_row_of_the_fraud_rules_is_proved_and_compiled():
    table = load_proved_table(PATH)

    assert (uncovered_rows(table, load_cases(PATH)), table.is_generated) == ([], True)


def test_a_ring_is_held_for_a_person_and_never_refused(rules):
    found = rules.judge(seen(ring_parties=64, device_parties=40, card_parties=9))

    assert (found.severity, found.reasons) == ("review", ("linked_applications",))
    assert found.fired == ("FRAUD-04", "FRAUD-05", "FRAUD-06")


def test_the_fourth_linked_person_passes_and_the_fifth_is_held(rules):
    assert [rules.judge(seen(ring_parties=n)).severity for n in (4, 5)] == ["pass", "review"]


def test_a_near_name_is_held_and_never_refused(rules):
    found = rules.judge(QUIET_FACTS._replace(name_score=100))

    assert (found.severity, found.reasons) == ("review", ("name_match",))


def test_weights_of_one_typology_add_up_to_its_line(rules):
    one = rules.judge(seen(ip_1h=30))
    both = rules.judge(seen(ip_1h=30, ip_24h=60))

    assert (one.severity, one.fired, one.reasons) == ("pass", ("FRAUD-10",), ())
    assert (both.severity, both.reasons) == ("review", ("address_velocity",))


def test_the_harder_answer_wins_and_tells_only_its_own_reasons(rules):
    found = rules.judge(seen(ring_parties=9)._replace(deny_hits=1))

    assert (found.severity, found.reasons) == ("decline", ("list_match",))
    assert found.fired == ("FRAUD-01", "FRAUD-05")


def test_an_allowed_device_is_held_for_no_crowd_but_still_for_a_name(rules):
    crowd = seen(device_parties=20, ring_parties=20, device_1h=9)._replace(allow_hits=1)

    assert rules.judge(crowd).severity == "pass"
    assert rules.judge(crowd._replace(name_score=90)).reasons == ("name_match",)


@pytest.mark.parametrize(
    ("facts", "days", "word"),
    [
        (QUIET_FACTS, 0, "not_needed"),
        (QUIET_FACTS, 30, "missing"),
        (QUIET_FACTS._replace(bureau=Bureau.REPORT, bureau_age_days=30), 30, "fresh"),
        (QUIET_FACTS._replace(bureau=Bureau.REPORT, bureau_age_days=31), 30, "stale"),
        (QUIET_FACTS._replace(bureau=Bureau.REPORT, bureau_age_days=-1), 30, "stale"),
        (QUIET_FACTS._replace(bureau=Bureau.NO_RECORD), 30, "no_record"),
        (QUIET_FACTS._replace(bureau=Bureau.NO_RECORD, bureau_age_days=31), 30, "stale"),
        (QUIET_FACTS._replace(bureau=9), 30, "missing"),
    ],
)
def test_a_bureau_report_is_fresh_only_within_the_days_its_product_allows(rules, facts, days, word):
    assert asked(facts, days)["bureau"] == word
    expected = "pass" if word in ("not_needed", "fresh") else "review"
    assert rules.judge(facts, days).severity == expected


@pytest.mark.parametrize("name", ["name", "bureau"])
def test_a_typology_that_is_for_a_person_to_judge_cannot_refuse(name):
    content = TYPOLOGIES.replace(f"[{name}]".encode(), f"[{name}]\ndecline_at = 1000".encode())

    with pytest.raises(BadTable, match="never refuses"):
        read_fraud_rules(load_proved_table(PATH), content)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"[ring]", b"[gang]", "no typology is called ring"),
        (b"review_at = 50", b"review_at = 0", "at least 1"),
        (b"decline_at = 100", b"decline_at = 49", "not below"),
        (b"review_at = 60", b"review_at = 60\nnote = 1", "nobody knows"),
        (b"review_at = 50", b'review_at = "50"', "at least 1"),
        (b"[ring]", b"[ring", "cannot be read"),
    ],
)
def test_typologies_that_could_let_something_pass_are_not_loaded(old, new, says):
    with pytest.raises(BadTable, match=says):
        read_fraud_rules(load_proved_table(PATH), TYPOLOGIES.replace(old, new))


def test_a_rule_whose_typology_is_computed_is_not_loaded():
    jdm = json.loads(PATH.read_text(encoding="utf-8"))
    row = jdm["nodes"][1]["content"]["rules"][0]
    row["weight"] = "deny_hits"
    row["typology"] = "bureau"

    with pytest.raises(BadTable, match="computes its typology"):
        read_fraud_rules(Table.load("fraud_rules", jdm), TYPOLOGIES)
