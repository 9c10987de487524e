"""Golden cases: what a table must answer, run on the server's own engine at every save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongtu.kernel.errors import TongtuError
from tongtu.tables.rules.table import Table


def check_cases(table: Table, cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return one line for each case that fails; empty means every case holds.

    A case is `{name, facts, expect}`: expect is the list of rows, or `{"error": code}`.
    """
    if not cases:
        return [f"{table.key}: no golden case"]
    return [line for case in cases if (line := _failure(table, case))]


def uncovered_rows(table: Table, cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the rows that no case makes fire: nobody has proved what they do."""
    fired: set[str] = set()
    for case in cases:
        if isinstance(case["expect"], list):
            fired.update(table.fired(case["facts"]))
    return [row for row in table.row_ids if row not in fired]


def _failure(table: Table, case: Mapping[str, Any]) -> str:
    for ask in (table.evaluate, table.evaluate_by_engine):
        try:
            answer: object = ask(case["facts"])
        except TongtuError as error:
            answer = {"error": error.code}
        if answer != case["expect"]:
            return f"{table.key}: {case['name']}: expected {case['expect']}, answered {answer}"
    return ""
