"""Whatever stands at a word of a case, the answer is a schedule or a named refusal, never a fault."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tongtu.channels.cli.schedule import answer
from tongtu.kernel.errors import BadInput

FOLDER = Path(__file__).parents[2] / "vectors"
CASES = [
    json.loads((FOLDER / name).read_text(), parse_float=Decimal)["cases"][at]["inputs"]
    for name, at in (("schedule_plain.json", 0), ("schedule_plain.json", -1), ("schedule_derived.json", 0))
]  # fmt: skip
HOSTILE = [
    None, True, -1, 0, 10**18, 10**400, Decimal("0.1"), "", "0", "-1", "1e9", "１", "9" * 13, "NaN",
    "ACTUAL", "2024-02-30", "9999-12-31", "0001-01-01", [], [None], [[]], [1, 2], {}, {"a": 1},
    [{"date": "9999-12-31", "amount": "1"}], [{"date": "2024-01-01", "amount": "0"}], "x" * 10_000,
]  # fmt: skip
EXTRA = ("fees", "holiday_calendar", "balloon_amount", "monthly_fee", "semi_monthly_due_days")


@pytest.mark.parametrize("inputs", CASES, ids=["progressive", "several", "named"])
def test_a_hostile_word_is_answered_or_refused_by_name(inputs):
    for word in [*inputs, *EXTRA]:
        for value in HOSTILE:
            try:
                answer({"inputs": {**inputs, word: value}})
            except BadInput as error:
                assert error.detail


@pytest.mark.parametrize("at", ["rounding", "disbursements"])
def test_a_hostile_word_inside_is_answered_or_refused_by_name(at):
    for inputs in CASES:
        inner = inputs[at][0] if at == "disbursements" else inputs[at]
        for word in [*inner, "unknown"]:
            for value in HOSTILE:
                changed = {**inner, word: value}
                try:
                    answer(
                        {"inputs": {**inputs, at: [changed] if at == "disbursements" else changed}}
                    )
                except BadInput as error:
                    assert error.detail
