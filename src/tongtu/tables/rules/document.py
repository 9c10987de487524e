"""Reads a JDM document as one decision table, and refuses all that could err in silence.

Its shape is held here, its cells in `cell`, its inputs in `facts`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import zen

from tongtu.tables.model import BadTable
from tongtu.tables.rules.cell import Reader, names
from tongtu.tables.rules.facts import Fact, read_facts

POLICIES = ("first", "collect")
ROWS_MAX = 2_000
_KINDS = ["decisionTableNode", "inputNode", "outputNode"]


@dataclass(frozen=True, slots=True)
class Column:
    """A condition (with its field, if it has one) or an output field, by its column id."""

    id: str
    field: str


@dataclass(frozen=True, slots=True)
class Document:
    """A decision table that may be run: inputs, columns and rows, the last one a catch-all."""

    policy: str
    facts: tuple[Fact, ...]
    conditions: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rows: tuple[Mapping[str, str], ...]
    catch_all: Mapping[str, Any]


def read_document(jdm: Mapping[str, Any]) -> Document:
    """Return the table of a JDM graph `input -> table -> output`.

    Raises:
        BadTable: another shape, a node that runs code, a cell that does not parse, an undeclared
            name, or no catch-all row at the end.
    """
    schema, content = _nodes(jdm)
    facts = read_facts(schema)
    conditions = _columns(content, "inputs")
    outputs = _columns(content, "outputs")
    if not outputs or any(not column.field for column in outputs):
        raise BadTable("each output column names its field")
    policy = content.get("hitPolicy")
    if policy not in POLICIES:
        raise BadTable(f"the hit policy is one of {', '.join(POLICIES)}")
    for setting in ("inputField", "outputPath", "passThrough"):
        if content.get(setting):
            raise BadTable(f"the table sets {setting}, which hides what it answers")
    if content.get("executionMode", "single") != "single":
        raise BadTable("a table is asked once, not in a loop")
    rows = content.get("rules")
    if not isinstance(rows, list) or not 1 <= len(rows) <= ROWS_MAX:
        raise BadTable(f"a table has 1 to {ROWS_MAX} rows")
    reader = Reader({fact.name: fact for fact in facts})
    for column in conditions:
        reader.field(column.field)
    for number, row in enumerate(rows, start=1):
        _check_row(f"row {number}", row, (conditions, outputs), reader)
    return Document(
        policy, facts, conditions, outputs, tuple(rows), _catch_all(rows, conditions, outputs)
    )


def _nodes(jdm: Mapping[str, Any]) -> tuple[object, Mapping[str, Any]]:
    nodes, edges = jdm.get("nodes"), jdm.get("edges")
    if not isinstance(nodes, list) or not isinstance(edges, list):
        raise BadTable("a JDM document has nodes and edges")
    by_kind = {node.get("type"): node for node in nodes}
    if sorted(str(node.get("type")) for node in nodes) != _KINDS:
        raise BadTable("a table is one input, one decision table and one output: no code, no calls")
    path = [by_kind[kind]["id"] for kind in ("inputNode", "decisionTableNode", "outputNode")]
    joined = sorted((edge.get("sourceId"), edge.get("targetId")) for edge in edges)
    if joined != sorted(pairwise(path)):
        raise BadTable("the edges lead from input to table to output")
    try:
        schema = json.loads((by_kind["inputNode"].get("content") or {}).get("schema") or "null")
    except ValueError:
        raise BadTable("the schema of the input node is not JSON") from None
    return schema, by_kind["decisionTableNode"].get("content") or {}


def _columns(content: Mapping[str, Any], side: str) -> tuple[Column, ...]:
    columns = tuple(Column(one["id"], one.get("field") or "") for one in content.get(side) or ())
    if len({column.id for column in columns}) != len(columns):
        raise BadTable("two columns share an id")
    return columns


def _check_row(
    where: str,
    row: Mapping[str, str],
    columns: tuple[tuple[Column, ...], tuple[Column, ...]],
    reader: Reader,
) -> None:
    conditions, outputs = columns
    stray = {key for key in row if not key.startswith("_")}
    if stray - {column.id for column in (*conditions, *outputs)}:
        raise BadTable(f"{where} has a cell outside every column")
    for column in conditions:
        if cell := _cell(row, column):
            reader.condition(f"{where}, {column.field or 'condition'}", cell, column.field)
    for column in outputs:
        if cell := _cell(row, column):
            reader.output(f"{where}, {column.field}", cell)


def _catch_all(
    rows: list[Mapping[str, str]], conditions: tuple[Column, ...], outputs: tuple[Column, ...]
) -> Mapping[str, Any]:
    last = rows[-1]
    if any(_cell(last, column) for column in conditions):
        raise BadTable("the last row matches whatever comes: leave its conditions empty")
    cells = {column.field: _cell(last, column) for column in outputs}
    if not any(cells.values()) or any(names(cell) for cell in cells.values()):
        raise BadTable("the last row answers with constants")
    return {field: zen.evaluate_expression(cell, {}) for field, cell in cells.items() if cell}


def _cell(row: Mapping[str, str], column: Column) -> str:
    return (row.get(column.id) or "").strip()
