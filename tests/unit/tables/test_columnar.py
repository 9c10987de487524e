"""A table by column answers as the generated function and the engine do, case by case."""

import random

import numpy as np
import pytest
from tests.unit.tables.test_generated import CELLS, SCHEMA, STRANGE, answer, drawn, shipped
from tests.unit.tables.test_table import document

from tongtu.tables.api import Table, Words

CASES = 1_500
WHOLE = {**SCHEMA, "properties": {**SCHEMA["properties"]}}
WHOLE["properties"]["ratio"] = {"type": "integer", "minimum": 0, "maximum": 10}


def asked_by_column(table, cases):
    columns = {name: [case.get(name) for case in cases] for name in table.inputs}
    found = table.evaluate_columns(columns, len(cases), cases.__getitem__)
    return [
        [dict(row) for row in one] if isinstance(one, list) else (one.code, one.fields)
        for one in found
    ]


def typed(table, cases):
    """The same cases as columns of their types, as the decision engine gives them."""
    columns = {}
    for fact in table._document.facts:
        values = [case[fact.name] for case in cases]
        if fact.types == (str,):
            words = tuple(sorted(set(values)))
            columns[fact.name] = Words(np.array([words.index(one) for one in values]), words)
        else:
            columns[fact.name] = np.array(values, bool if fact.types == (bool,) else np.int64)
    return columns


@pytest.mark.parametrize("count", [CASES, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("table", shipped(), ids=lambda table: table.key)
def test_shipped_tables_answer_by_column_as_one_by_one(table, count):
    source = random.Random(20261129)
    cases = [drawn(table, source) for _ in range(count)]

    alone = [answer(table.evaluate, case) for case in cases]

    assert asked_by_column(table, cases) == alone
    matches = table.by_column.match(typed(table, cases), len(cases))
    assert not matches.strange.any()
    assert [[dict(row) for row in one] for one in table.by_column.rows_of(matches.fired)] == alone


@pytest.mark.parametrize("table", shipped(), ids=lambda table: table.key)
def test_a_strange_value_is_refused_alike_and_its_neighbours_are_answered(table):
    source = random.Random(11)
    cases = [drawn(table, source) for _ in range(len(table.inputs) * (len(STRANGE) + 2))]
    for place, case in enumerate(cases):
        name = table.inputs[place % len(table.inputs)]
        if place % (len(STRANGE) + 2) < len(STRANGE):
            case[name] = STRANGE[place % (len(STRANGE) + 2)]
        elif place % (len(STRANGE) + 2) == len(STRANGE):
            del case[name]

    alone = [answer(table.evaluate, case) for case in cases]

    assert asked_by_column(table, cases) == alone
    assert alone == [answer(table.evaluate_by_engine, case) for case in cases]
    refused = sum(isinstance(one, tuple) for one in alone)
    assert len(table.inputs) < refused < len(cases)


def test_a_column_of_another_type_or_beyond_its_range_is_strange_as_a_whole_or_in_part():
    (table, _) = shipped()
    source = random.Random(3)
    cases = [drawn(table, source) for _ in range(20)]
    columns = typed(table, cases)

    for name, column in (
        ("tenor_months", np.full(20, 12.0)),
        ("tenor_months", np.ones(20, np.bool_)),
        ("records", np.ones(20, np.int64)),
        ("job", np.zeros(20, np.int64)),
        ("job", Words(np.zeros(20, np.intp), ("jester",))),
        ("records", Words(np.zeros(20, np.intp), ("true",))),
    ):
        assert table.by_column.match({**columns, name: column}, 20).strange.all()
    low = columns["seniority_years"].copy()
    low[3] = -1
    strange = table.by_column.match({**columns, "seniority_years": low}, 20).strange
    assert strange.nonzero()[0].tolist() == [3]
    del columns["job"]
    assert table.by_column.match(columns, 20).strange.all()


@pytest.mark.parametrize("policy", ["collect", "first"])
@pytest.mark.parametrize("seed", range(12))
def test_random_tables_answer_by_column_as_the_engine(policy, seed):
    source = random.Random(seed)
    rows = [
        {column: source.choice(cells) for column, cells in CELLS.items() if source.random() < 0.4}
        | {"_id": f"r{n}", "c": f"'R{n}'", "s": str(n)}
        for n in range(12)
    ]
    rows.append({"_id": "end", "c": "'END'", "s": "0"})
    table = Table.load("random", document(policy, rows, WHOLE))

    cases = [drawn(table, source) for _ in range(60)]
    for case in cases[::9]:
        case[source.choice(table.inputs)] = source.choice(STRANGE)
    assert asked_by_column(table, cases) == [answer(table.evaluate_by_engine, one) for one in cases]


@pytest.mark.parametrize("policy", ["collect", "first"])
def test_a_table_of_nothing_but_its_last_row_answers_by_column(policy):
    table = Table.load("empty", document(policy, [{"_id": "end", "c": "'E'", "s": "0"}], WHOLE))
    cases = [drawn(table, random.Random(1)) for _ in range(3)]

    assert asked_by_column(table, cases) == [answer(table.evaluate, one) for one in cases]


@pytest.mark.parametrize("cell", ["< 99999999999999999999", "99999999999999999999, 1"])
def test_a_number_no_column_holds_is_left_to_the_others(cell):
    rows = [{"_id": "a", "a": cell, "c": "'A'", "s": "1"}, {"_id": "end", "c": "'E'", "s": "0"}]
    table = Table.load("t", document("collect", rows, WHOLE))

    assert table.by_column is None
    case = {"amount_minor": 1, "months": 1, "ratio": 1, "job": "none", "records": False}
    assert answer(table.evaluate, case) == answer(table.evaluate_by_engine, case)


def test_what_may_be_a_fraction_or_leave_int64_is_left_to_the_others():
    rows = [
        {"_id": "a", "x": "9000000000 * months > amount_minor", "c": "'A'", "s": "1"},
        {"_id": "end", "c": "'E'", "s": "0"},
    ]
    wide = {**WHOLE, "properties": {**WHOLE["properties"]}}
    wide["properties"]["months"] = {"type": "integer", "minimum": 0, "maximum": 9_000_000_000}
    fraction, beyond = (Table.load("t", document("collect", rows, one)) for one in (SCHEMA, wide))

    assert fraction.is_generated and fraction.by_column is None
    assert beyond.is_generated and beyond.by_column is None
    case = {"amount_minor": 1, "months": 1, "ratio": 1, "job": "none", "records": False}
    assert asked_by_column(fraction, [case]) == [answer(fraction.evaluate, case)]
