"""A segment: a JDM decision table over the few features a campaign may look at.

Never age, sex, place, device, income or what somebody looked at: loans and applications here only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tongtu.campaign.model import BadSegment
from tongtu.tables.api import BadTable, Table

# Whole numbers, each from 0; what a person did with this platform.
FEATURES: Mapping[str, str] = {
    "settled_loans": "loans repaid here",
    "live_loans": "loans that run here",
    "outstanding_minor": "what is owed here, in fen",
    "applications_90d": "applications of the last ninety days",
}
FEATURE_MAX = 100_000_000_000
ROWS_MAX = 20
CELL_MAX = 80


def segment_of(rows: Sequence[Mapping[str, str]]) -> Table:
    """Return the table of a segment; `is_in` asks it.

    Raises:
        BadSegment: a feature no campaign may look at, no condition, or a cell that does not parse.
    """
    if not 1 <= len(rows) <= ROWS_MAX or not all(rows):
        raise BadSegment(f"a segment has 1 to {ROWS_MAX} rows, each with a condition")
    if stray := sorted({name for row in rows for name in row} - set(FEATURES)):
        raise BadSegment(f"no campaign may look at {', '.join(stray)}", code="forbidden_feature")
    if any(len(cell) > CELL_MAX for row in rows for cell in row.values()):
        raise BadSegment(f"a condition has at most {CELL_MAX} characters")
    try:
        return Table.load("segment", jdm_of(rows))
    except BadTable as odd:
        raise BadSegment(odd.detail) from odd


def jdm_of(rows: Sequence[Mapping[str, str]]) -> dict[str, object]:
    """Return the JDM document of a segment, as the editor of tables shows it."""
    whole = {"type": "integer", "minimum": 0, "maximum": FEATURE_MAX}
    schema = {
        "type": "object",
        "properties": {name: whole | {"description": says} for name, says in FEATURES.items()},
        "required": list(FEATURES),
    }
    table = {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in FEATURES],
        "outputs": [{"id": "is_in", "name": "In", "field": "is_in"}],
        "rules": [
            *({"_id": f"S{n}", **row, "is_in": "true"} for n, row in enumerate(rows, start=1)),
            {"_id": "END", "is_in": "false"},
        ],
    }
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "Person",
             "content": {"schema": json.dumps(schema)}},
            {"id": "table", "type": "decisionTableNode", "name": "Segment", "content": table},
            {"id": "out", "type": "outputNode", "name": "In"},
        ],
        "edges": [
            {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }  # fmt: skip


def is_in(segment: Table, facts: Mapping[str, int]) -> bool:
    """Return whether a person is in the segment."""
    (row,) = segment.evaluate(facts)
    return bool(row["is_in"])


def stratum_of(facts: Mapping[str, int]) -> str:
    """Return the stratum in which people are compared: how well they are known here."""
    if facts["settled_loans"]:
        return "repaid"
    return "borrowing" if facts["live_loans"] else "new"
