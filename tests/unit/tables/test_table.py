"""Every way zen fails open in silence is refused: at load, before a question, or after an answer."""

import copy
import json

import pytest

from tongtu.tables import store
from tongtu.tables.api import (
    BadFact,
    BadTable,
    MissingFact,
    Table,
    TableFailed,
    check_cases,
    load_proved_table,
    shipped_folder,
    uncovered_rows,
)

SCHEMA = {
    "type": "object",
    "properties": {
        "amount_minor": {"type": "integer", "minimum": 1},
        "ratio": {"type": "number", "minimum": 0, "maximum": 10},
        "job": {"type": "string", "enum": ["fixed", "freelance"]},
        "records": {"type": "boolean"},
    },
    "required": ["amount_minor", "ratio", "job", "records"],
}
ROWS = [
    {"_id": "large", "a": "> 5_000_000", "c": "'TOO_LARGE'", "s": "'decline'"},
    {
        "_id": "free",
        "j": "'freelance'",
        "x": "ratio > 0.5 and not records",
        "c": "'RATIO'",
        "s": "'review'",
    },
    {"_id": "none", "c": "'NONE'", "s": "'pass'"},
]
GOOD = {"amount_minor": 100_000, "ratio": 0.6, "job": "freelance", "records": False}


def document(policy="collect", rows=ROWS, schema=SCHEMA):
    rows = [{key: cell.replace("_000", "000") for key, cell in row.items()} for row in rows]
    content = {
        "hitPolicy": policy,
        "inputs": [
            {"id": "a", "name": "Amount", "field": "amount_minor"},
            {"id": "j", "name": "Job", "field": "job"},
            {"id": "r", "name": "Records", "field": "records"},
            {"id": "x", "name": "Condition"},
        ],
        "outputs": [
            {"id": "c", "name": "Code", "field": "code"},
            {"id": "s", "name": "Outcome", "field": "outcome"},
        ],
        "rules": rows,
    }
    return {
        "nodes": [
            {
                "id": "in",
                "type": "inputNode",
                "name": "Request",
                "content": {"schema": json.dumps(schema)},
            },
            {"id": "table", "type": "decisionTableNode", "name": "Rules", "content": content},
            {"id": "out", "type": "outputNode", "name": "Response"},
        ],
        "edges": [
            {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }


def with_row(**cells):
    return document(rows=[{"_id": "new", "c": "'X'", **cells}, *ROWS])


def with_node(kind):
    jdm = document()
    jdm["nodes"].append({"id": "extra", "type": kind, "name": "Extra", "content": {}})
    return jdm


def with_content(**changes):
    jdm = document()
    jdm["nodes"][1]["content"].update(changes)
    return jdm


def with_input(**words):
    schema = copy.deepcopy(SCHEMA)
    schema["properties"]["ratio"] = words
    return document(schema=schema)


def test_a_collect_table_answers_every_row_that_matches_but_the_catch_all():
    table = Table.load("rules", document())

    assert table.evaluate(GOOD) == [{"code": "RATIO", "outcome": "review"}]
    assert table.evaluate(GOOD | {"amount_minor": 5_000_001}) == [
        {"code": "TOO_LARGE", "outcome": "decline"},
        {"code": "RATIO", "outcome": "review"},
    ]
    assert table.evaluate(GOOD | {"records": True}) == []


def test_a_first_table_answers_one_row_and_the_catch_all_when_none_matches():
    table = Table.load("rules", document("first"))

    assert table.evaluate(GOOD | {"amount_minor": 5_000_001})[0]["code"] == "TOO_LARGE"
    assert table.evaluate(GOOD | {"job": "fixed"}) == [{"code": "NONE", "outcome": "pass"}]


@pytest.mark.parametrize("value", [None, "absent"])
@pytest.mark.parametrize("name", list(GOOD))
def test_a_missing_or_null_fact_never_reaches_the_engine(name, value):
    table = Table.load("rules", document())
    facts = GOOD | {name: None} if value is None else {k: v for k, v in GOOD.items() if k != name}

    with pytest.raises(MissingFact) as refused:
        table.evaluate(facts)
    assert refused.value.fields == {name: "missing"}


@pytest.mark.parametrize(
    "facts",
    [
        {"amount_minor": "100000"},
        {"amount_minor": 100_000.0},
        {"amount_minor": True},
        {"amount_minor": 0},
        {"amount_minor": 2**53 + 1},
        {"ratio": float("nan")},
        {"ratio": float("inf")},
        {"ratio": 10.5},
        {"job": "pirate"},
        {"job": 1},
        {"records": 0},
    ],
)
def test_a_fact_of_another_type_or_range_never_reaches_the_engine(facts):
    with pytest.raises(BadFact):
        Table.load("rules", document()).evaluate(GOOD | facts)


def test_a_fact_that_was_not_declared_is_left_out():
    assert Table.load("rules", document()).evaluate(GOOD | {"age": 30})[0]["code"] == "RATIO"


@pytest.mark.parametrize(
    "jdm",
    [
        {},
        with_node("functionNode"),
        with_node("decisionNode"),
        with_node("customNode"),
        with_content(hitPolicy="unique"),
        with_content(passThrough=True),
        with_content(executionMode="loop"),
        with_content(rules=[]),
        with_content(rules=ROWS[:2]),  # no catch-all
        with_content(rules=[*ROWS[:2], {"_id": "none", "c": "job"}]),  # its answer varies
        with_row(a="> > 5"),  # zen would skip the row in silence, as in all below
        with_row(a="> limit"),
        with_row(a="'100'"),
        with_row(j="5"),
        with_row(j="'freelanse'"),
        with_row(x="income > 5"),
        with_row(x="job > 5"),
        with_row(x="amount_minor"),
        with_row(x="amount_minor / ratio > 5"),
        with_row(x="number(job) > 5"),
        with_row(c="'X"),
        with_row(c="null"),
        with_row(z="1"),
        document(schema={"type": "object"}),
        document(schema=SCHEMA | {"required": ["job"]}),
        with_input(type="number", pattern="x"),
        with_input(type="null"),
        with_input(type="number", minimum=2, maximum=1),
        with_input(type="number", enum=["a"]),
    ],
)
def test_a_table_that_could_err_in_silence_is_not_loaded(jdm):
    with pytest.raises(BadTable):
        Table.load("rules", jdm)


def test_division_by_a_literal_is_allowed():
    assert Table.load("rules", with_row(x="amount_minor / 100 > 5")).evaluate(GOOD)[0] == {
        "code": "X"
    }


def test_an_answer_without_the_catch_all_is_a_fault_not_an_approval():
    table = Table.load("rules", document())

    with pytest.raises(TableFailed):
        table._proved([{"code": "RATIO", "outcome": "review"}])
    with pytest.raises(TableFailed):
        table._proved([])


def test_an_engine_fault_leaves_without_its_stack_trace(monkeypatch):
    table = Table.load("rules", document())
    table.key = "another"

    with pytest.raises(TableFailed) as fault:
        table.evaluate(GOOD)
    assert fault.value.detail == "table another failed: LoaderError at node ?"


def test_the_hash_names_the_content_and_not_the_order_of_keys():
    jdm = document()
    shuffled = json.loads(json.dumps(jdm, sort_keys=True))

    assert Table.load("a", jdm).hash == Table.load("b", shuffled).hash
    assert Table.load("a", jdm).hash != Table.load("a", with_row(a="> 7")).hash


CASES = [
    {"name": "ratio", "facts": GOOD, "expect": [{"code": "RATIO", "outcome": "review"}]},
    {"name": "null", "facts": GOOD | {"ratio": None}, "expect": {"error": "missing_fact"}},
]


def test_golden_cases_say_which_one_fails_and_which_row_nobody_proved():
    table = Table.load("rules", document())

    assert check_cases(table, CASES) == []
    assert check_cases(table, [{**CASES[0], "expect": []}]) == [
        "rules: ratio: expected [], answered [{'code': 'RATIO', 'outcome': 'review'}]"
    ]
    assert check_cases(table, []) == ["rules: no golden case"]
    assert uncovered_rows(table, CASES) == ["large"]


def test_a_table_whose_golden_case_fails_is_not_loaded_from_its_file(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(document()))
    beside = tmp_path / "rules.cases.json"
    beside.write_text(json.dumps(CASES))

    assert load_proved_table(path).key == "rules"
    beside.write_text(json.dumps([{**CASES[0], "expect": []}]))
    with pytest.raises(BadTable):
        load_proved_table(path)
    beside.unlink()
    with pytest.raises(BadTable):
        load_proved_table(path)


def test_the_files_are_found_in_a_clone_or_in_the_package(tmp_path, monkeypatch):
    clone, package = tmp_path / "clone", tmp_path / "package"
    (package / "rules").mkdir(parents=True)
    monkeypatch.setattr(store, "_PLACES", (clone, package))

    assert shipped_folder("rules") == package / "rules"
    (clone / "rules").mkdir(parents=True)
    assert shipped_folder("rules") == clone / "rules"
    with pytest.raises(BadTable):
        shipped_folder("packs")
