"""Published and derived schedules, cell by cell; the source of each case stands in its file."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tongtu.channels.cli.schedule import answer

FOLDER = Path(__file__).parents[2] / "vectors"
CELLS = ("principal", "interest", "fee", "penalty", "total", "outstanding_principal")
CASES = [
    case
    for name in ("schedule_plain.json", "schedule_derived.json")
    for case in json.loads((FOLDER / name).read_text(), parse_float=Decimal)["cases"]
]


def cells(rows):
    return [
        (row["nr"], row["days"], row["due_date"], *(Decimal(row[cell]) for cell in CELLS))
        for row in rows
    ]


def test_no_case_is_missing():
    assert len(CASES) == 25 + 13


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_published_schedule_is_met_in_every_cell(case):
    found = answer({"inputs": case["inputs"]})

    assert cells(found["schedule"]) == cells(case["expected"]["schedule"])
    for word, amount in case["expected"]["totals"].items():
        assert Decimal(found["totals"][word]) == Decimal(amount)
