"""Each way zen lets something pass in silence, shown on the engine itself, and closed in both forms.

A trap that the engine no longer has makes its test red: then the guard may go.
"""

import copy
import json

import pytest
import zen

from tongtu.kernel.errors import TongtuError
from tongtu.tables.api import BadTable, Table, load_cases, load_proved_table, rules_root

SHIPPED = ("application_rules", "fraud_rules", "outside_rules", "lender_eligibility")


def raw(jdm, facts):
    """Ask the engine as it is, without anything of ours before or after it, nor a schema."""
    jdm = copy.deepcopy(jdm)
    jdm["nodes"][0]["content"] = {}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"table": jdm}}})
    return engine.evaluate("table", facts)["result"]


def document(key):
    return json.loads((rules_root() / f"{key}.json").read_text(encoding="utf-8"))


def firing(key):
    """Return a golden case of a shipped table that makes a rule fire."""
    cases = load_cases(rules_root() / f"{key}.json")
    return next(c for c in cases if isinstance(c["expect"], list) and c["expect"])


def both(key):
    """Return the two forms a shipped table can be asked in."""
    table = load_proved_table(rules_root() / f"{key}.json")
    assert table.is_generated
    return table.evaluate, table.evaluate_by_engine


def test_null_makes_a_rule_silent_in_the_engine_and_is_refused_by_both_forms():
    case = firing("fraud_rules")
    facts = case["facts"] | {"deny_hits": None}
    assert raw(document("fraud_rules"), case["facts"])[:-1] == case["expect"]

    assert len(raw(document("fraud_rules"), facts)) == 1  # the catch-all alone: nothing fired

    for ask in both("fraud_rules"):
        with pytest.raises(TongtuError) as refused:
            ask(facts)
        assert refused.value.code == "missing_fact"


def test_a_number_as_text_is_refused_by_both_forms_before_any_rule():
    case = firing("fraud_rules")
    for ask in both("fraud_rules"):
        for name, value in case["facts"].items():
            if isinstance(value, int):
                with pytest.raises(TongtuError) as refused:
                    ask(case["facts"] | {name: str(value)})
                assert refused.value.code == "bad_fact"


@pytest.mark.parametrize("key", SHIPPED)
def test_every_fact_of_every_shipped_table_fails_closed_when_it_is_absent_null_or_of_no_kind(key):
    case = firing(key)
    for ask in both(key):
        for name in case["facts"]:
            without = {n: v for n, v in case["facts"].items() if n != name}
            for facts, code in (
                (without, "missing_fact"),
                (without | {name: None}, "missing_fact"),
                (without | {name: [1]}, "bad_fact"),
                (without | {name: float("nan")}, "bad_fact"),
                (without | {name: 2**60}, "bad_fact"),
            ):
                with pytest.raises(TongtuError) as refused:
                    ask(facts)
                assert refused.value.code == code, name


def test_no_matching_row_answers_nothing_in_the_engine_and_such_a_table_is_not_loaded():
    jdm = document("fraud_rules")
    content = jdm["nodes"][1]["content"]
    content["rules"] = content["rules"][:-1]  # without its last row, which catches all
    quiet = next(c for c in load_cases(rules_root() / "fraud_rules.json") if not c["expect"])

    assert raw(jdm, quiet["facts"]) == []

    with pytest.raises(BadTable):
        Table.load("fraud_rules", jdm)


@pytest.mark.parametrize(
    "cell", ["device_1h >", "no_such_fact > 3", "device_1h / device_7d > 2", "bureau > 3"]
)
def test_a_broken_cell_passes_the_engines_own_check_and_such_a_table_is_not_loaded(cell):
    jdm = copy.deepcopy(document("fraud_rules"))
    row = next(r for r in jdm["nodes"][1]["content"]["rules"] if r["_id"] == "FRAUD-18")
    row["when"] = cell
    engine = zen.ZenEngine()
    assert engine.create_decision(json.dumps(jdm)).validate() is None

    with pytest.raises(BadTable):
        Table.load("fraud_rules", jdm)
