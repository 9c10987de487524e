"""Published loans with events, cell by cell; the source of each case stands in its file.

The numbers come from the tests of an open-source loan core (Apache-2.0), as published.
"""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tongtu.channels.cli.loan import answer

FILE = Path(__file__).parents[2] / "vectors" / "loan_events.json"
CASES = json.loads(FILE.read_text(), parse_float=Decimal)["cases"]
ASKED = ("principal", "interest", "fee", "penalty", "total")
# What was paid, where the source tells it.
PAID = ("paid", "in_advance", "late", "outstanding_due")


def cells(rows, words):
    return [(row["due_date"], *(Decimal(row[word]) for word in words)) for row in rows]


def told(rows, expected):
    """Return the paid cells of the rows for which the source names one."""
    return [
        (row["due_date"], word, Decimal(row[word]))
        for row, wanted in zip(rows, expected, strict=True)
        for word in PAID
        if wanted.get(word) is not None
    ]


def test_no_case_is_missing():
    assert len(CASES) == 62
    assert sum(len(case["expected"]["checkpoints"]) for case in CASES) == 127


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_published_loan_is_met_in_every_cell_after_each_event(case):
    found = answer({"inputs": case["inputs"], "events": case["events"]})["checkpoints"]

    assert [one["after_events"] for one in found] == list(range(1, len(case["events"]) + 1))
    for wanted in case["expected"]["checkpoints"]:
        rows = found[wanted["after_events"] - 1]["schedule"]
        assert cells(rows, ASKED) == cells(wanted["schedule"], ASKED)
        assert told(rows, wanted["schedule"]) == told(wanted["schedule"], wanted["schedule"])
        assert sum(Decimal(row["principal"]) for row in rows) == Decimal(wanted["principal_sum"])
