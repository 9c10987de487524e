"""The generated function of a table answers as the engine does, or there is none."""

import json
import random

import pytest
from tests.unit.tables.test_table import document

from tongtu.kernel.errors import TongtuError
from tongtu.tables.api import Table, load_proved_table, rules_root
from tongtu.tables.rules.document import read_document
from tongtu.tables.rules.generated import generate

ASKED = 2_000
STRANGE = (None, "1", 1.5, True, -1, 2**60, float("nan"), "", [])
SCHEMA = {
    "type": "object",
    "properties": {
        "amount_minor": {"type": "integer", "minimum": -20, "maximum": 20},
        "months": {"type": "integer", "minimum": 0, "maximum": 9},
        "ratio": {"type": "number", "minimum": 0, "maximum": 10},
        "job": {"type": "string", "enum": ["fixed", "freelance", "none"]},
        "records": {"type": "boolean"},
    },
    "required": ["amount_minor", "months", "ratio", "job", "records"],
}
CELLS = {
    "a": [
        "3", "-2", "1, 5, 9", "> 4", "<= -1", "== 7", "!= 7", "[-3..4]", "(-3..4)", "[0..4)",
        "(0..4]", "in [1, 2]", "not in [1, 2]", "> months", "< 2 * months - 5",
    ],
    "j": ["'fixed'", "'fixed', 'none'", "in ['none']", "not in ['none', 'fixed']", "!= 'fixed'"],
    "r": ["true", "false", "!= true"],
    "x": [
        "amount_minor > 3 and records or months == 2",
        "records or records and months > 4",
        "not records and amount_minor - 3 - months < 0",
        "(amount_minor > 3 or months > 3) and job == 'fixed'",
        "job in ['fixed', 'none'] and -2 * amount_minor + 1 >= months",
    ],
}  # fmt: skip


def shipped():
    return [load_proved_table(rules_root() / f"{name}.json")
            for name in ("application_rules", "lender_eligibility")]  # fmt: skip


def answer(ask, facts):
    try:
        return [dict(row) for row in ask(facts)]
    except TongtuError as error:
        return error.code, error.fields


def drawn(table, source):
    """Facts within their declarations, at their edges as often as inside."""
    facts = {}
    for fact in table._document.facts:
        if fact.allowed is not None:
            facts[fact.name] = source.choice(sorted(fact.allowed))
        elif bool in fact.types:
            facts[fact.name] = source.random() < 0.5
        elif str in fact.types:
            facts[fact.name] = source.choice(["education", "goods", "x"])
        else:
            low, high = int(fact.low), int(min(fact.high, 10**9))
            small = source.randint(low, min(high, low + 100))
            facts[fact.name] = source.choice([low, high, small, small, source.randint(low, high)])
    return facts


@pytest.mark.parametrize("table", shipped(), ids=lambda table: table.key)
def test_shipped_tables_are_generated_and_answer_as_the_engine(table):
    source = random.Random(20261128)

    assert table.is_generated
    fired = set()
    for _ in range(ASKED):
        facts = drawn(table, source)
        said = answer(table.evaluate, facts)
        assert said == answer(table.evaluate_by_engine, facts)
        fired.update(json.dumps(row) for row in said)
    assert len(fired) > len(table.row_ids) // 2


@pytest.mark.parametrize("table", shipped(), ids=lambda table: table.key)
def test_facts_out_of_their_declaration_are_refused_as_before_the_engine(table):
    source = random.Random(7)
    good = drawn(table, source)

    refused = 0
    for name in table.inputs:
        for value in STRANGE:
            facts = {**good, name: value}
            said = answer(table.evaluate, facts)
            assert said == answer(table.evaluate_by_engine, facts)
            refused += isinstance(said, tuple)
        absent = {key: value for key, value in good.items() if key != name}
        assert answer(table.evaluate, absent) == ("missing_fact", {name: "missing"})
    assert refused > 4 * len(table.inputs)


@pytest.mark.parametrize("policy", ["collect", "first"])
@pytest.mark.parametrize("seed", range(12))
def test_random_tables_answer_as_the_engine(policy, seed):
    source = random.Random(seed)
    rows = [
        {column: source.choice(cells) for column, cells in CELLS.items() if source.random() < 0.4}
        | {"_id": f"r{n}", "c": f"'R{n}'", "s": str(n)}
        for n in range(12)
    ]
    rows.append({"_id": "end", "c": "'END'", "s": "0"})
    table = Table.load("random", document(policy, rows, SCHEMA))

    assert table.is_generated
    for _ in range(150):
        facts = drawn(table, source)
        assert answer(table.evaluate, facts) == answer(table.evaluate_by_engine, facts)


@pytest.mark.parametrize(
    "cell",
    [
        "not (records == true)",  # the engine's `not` may bind otherwise
        "ratio > 0.5",  # binary floats are not the engine's decimals
        "amount_minor * months > 3",  # digits without a bound
        "abs(amount_minor) > 3",
        "records ? true : false",
        "job == `fixed`",
        "amount_minor > 1 and months < 3 or ratio == 1",
    ],
)
def test_a_table_with_a_cell_that_may_differ_is_left_to_the_engine(cell):
    rows = [{"_id": "a", "x": cell, "c": "'A'", "s": "1"}, {"_id": "end", "c": "'E'", "s": "0"}]
    jdm = document("collect", rows, SCHEMA)
    table = Table.load("foreign", jdm)

    assert generate(read_document(jdm)) is None
    assert not table.is_generated
    facts = {"amount_minor": 1, "months": 1, "ratio": 1, "job": "none", "records": False}
    assert table.evaluate(facts) == table.evaluate_by_engine(facts)
