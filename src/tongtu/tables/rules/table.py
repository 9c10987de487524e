"""A decision table: run as one generated function, or by column for many; else by zen.

The engine stays the oracle: golden cases are answered by both, and both must agree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import zen

from tongtu.kernel.errors import TongtuError
from tongtu.tables.model import BadTable, TableFailed
from tongtu.tables.rules.cell import names
from tongtu.tables.rules.columnar import Given, columnar
from tongtu.tables.rules.document import Document, read_document
from tongtu.tables.rules.facts import checked
from tongtu.tables.rules.generated import Row, generate


class Table:
    """A loaded decision table; ask it with `evaluate`. Its `hash` names its whole content."""

    __slots__ = ("_document", "_engine", "by_column", "evaluate", "hash", "key")

    def __init__(self, key: str, jdm: Mapping[str, Any], document: Document) -> None:
        self.key = key
        self.hash = content_hash(jdm)
        self._document = document
        # The static loader parses once; every other way of calling costs 7 to 15 times more.
        self._engine = zen.ZenEngine({"loader": {"type": "static", "content": {key: dict(jdm)}}})
        self.evaluate = generate(document) or self.evaluate_by_engine
        # None where a cell needs the engine, or a fact may be a fraction.
        self.by_column = columnar(document)

    @classmethod
    def load(cls, key: str, jdm: Mapping[str, Any]) -> Table:
        """Return the table of a JDM document. Raises BadTable if it could err in silence."""
        try:
            table = cls(key, jdm, read_document(jdm))
        except (KeyError, TypeError, AttributeError) as error:
            raise BadTable(f"table {key} is not a JDM document") from error
        except BadTable as error:
            raise BadTable(f"table {key}: {error.detail}") from error
        return table

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the facts it asks for."""
        return tuple(fact.name for fact in self._document.facts)

    @property
    def row_ids(self) -> tuple[str, ...]:
        """The ids of its rows in order, the catch-all last."""
        return tuple(str(row.get("_id", "")) for row in self._document.rows)

    def outputs(self, field: str) -> tuple[object, ...]:
        """Return what the rows before the last may answer in a field, in row order.

        Raises:
            BadTable: an output that is no constant.
        """
        (column,) = [one for one in self._document.outputs if one.field == field]
        cells = [(row.get(column.id) or "").strip() for row in self._document.rows[:-1]]
        if any(names(cell) for cell in cells):
            raise BadTable(f"table {self.key} computes its {field}")
        return tuple(zen.evaluate_expression(cell, {}) if cell else None for cell in cells)

    @property
    def is_generated(self) -> bool:
        """Whether `evaluate` is the generated function; false where a cell needs the engine."""
        return self.evaluate != self.evaluate_by_engine

    def evaluate_columns(
        self, given: Mapping[str, Given], count: int, case: Callable[[int], Mapping[str, object]]
    ) -> list[list[Row] | TongtuError]:
        """Return what `evaluate` answers for each of many cases, or the fault it raises.

        `case` gives one case's facts: a case that is not as declared is asked by itself.
        """
        if self.by_column is None:
            return [self._answer(case(place)) for place in range(count)]
        matches = self.by_column.match(given, count)
        found: list[list[Row] | TongtuError] = list(self.by_column.rows_of(matches.fired))
        for place in matches.strange.nonzero()[0].tolist():
            found[place] = self._answer(case(place))
        return found

    def _answer(self, facts: Mapping[str, object]) -> list[Row] | TongtuError:
        try:
            return self.evaluate(facts)
        except TongtuError as fault:
            return fault

    def evaluate_by_engine(self, facts: Mapping[str, object]) -> list[Row]:
        """Return the outputs of the rows that match, in row order. `evaluate` answers the same.

        A `first` table answers one row. A `collect` table answers every matching row but the
        catch-all, whose presence only proves that the whole table was read.

        Raises:
            MissingFact, BadFact: an input is not as declared; the engine was not asked.
            TableFailed: the engine failed or did not reach the catch-all row.
        """
        return self._proved(self._run(facts, trace=False)["result"])

    def fired(self, facts: Mapping[str, object]) -> list[str]:
        """Return the ids of the rows that match, the catch-all too; slower, for cases and audit."""
        trace = self._run(facts, trace=True)["trace"]
        hits = next(node["traceData"] for node in trace.values() if node["traceData"] is not None)
        return [self.row_ids[hit["index"]] for hit in (hits if isinstance(hits, list) else [hits])]

    def _run(self, facts: Mapping[str, object], *, trace: bool) -> Any:
        values = checked(self._document.facts, facts)
        try:
            return self._engine.evaluate(self.key, values, {"trace": trace})
        except RuntimeError as error:
            raise TableFailed(f"table {self.key} failed: {_first_line(error)}") from None

    def _proved(self, result: Any) -> list[Row]:
        if self._document.policy == "first":
            if not isinstance(result, dict) or not result:
                raise TableFailed(f"table {self.key} gave no row")
            return [result]
        if not isinstance(result, list) or not result or result[-1] != self._document.catch_all:
            raise TableFailed(f"table {self.key} did not reach its last row")
        return result[:-1]


def content_hash(jdm: Mapping[str, Any]) -> str:
    """Return sha256 of the document's canonical JSON, the same on every machine."""
    text = json.dumps(jdm, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _first_line(error: RuntimeError) -> str:
    """Return what the engine said without its stack trace and without the facts it quotes."""
    try:
        said = json.loads(str(error).split("\n", 1)[0])
    except ValueError:
        return "the engine gave no reason"
    return f"{said.get('type', 'error')} at node {said.get('nodeId', '?')}"
