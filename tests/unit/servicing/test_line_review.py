from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tongtu.kernel.errors import Conflict
from tongtu.policy.api import Pack
from tongtu.servicing.api import Outcome, ReviewState, load_line_rules, verdict
from tongtu.servicing.model.line_review import MOVES, OPEN, check_move
from tongtu.servicing.rules.line_review import Punctuality, check_line_rules, punctuality
from tongtu.tables.api import BadTable, Table, load_cases, rules_root, uncovered_rows

LIMIT, MOST = 2_000_000, 20_000_000
DAY = timedelta(days=1)


def answer(outcome, percent):
    return {"outcome": outcome, "limit_percent": percent, "reason": "line_unchanged"}


def test_a_raise_is_of_whole_hundreds_of_yuan_and_within_the_product():
    assert verdict(answer("raise", 120), 2_055_000, 0, MOST).limit_minor == 2_460_000
    assert verdict(answer("raise", 150), LIMIT, 0, 2_500_000).limit_minor == 2_500_000


def test_a_raise_that_the_product_does_not_hold_keeps_the_line():
    said = verdict(answer("raise", 150), MOST, 0, MOST)

    assert (said.outcome, said.limit_minor) == (Outcome.KEEP, MOST)


@pytest.mark.parametrize(
    ("owed", "limit"), [(0, 1_400_000), (1_400_001, 1_400_001), (1_999_999, 1_999_999)]
)
def test_a_lowering_stays_above_what_is_drawn(owed, limit):
    assert verdict(answer("lower", 70), LIMIT, owed, MOST).limit_minor == limit


def test_a_line_drawn_to_its_limit_is_not_lowered():
    assert verdict(answer("lower", 70), LIMIT, LIMIT, MOST).outcome is Outcome.KEEP


def test_who_pays_on_the_day_is_never_late(terms, pay):
    rows = terms.rows[:6]
    events = [
        pay(nr, row.due_date, row.principal_minor + row.interest_minor)
        for nr, row in enumerate(rows, start=2)
    ]

    found = punctuality(terms, events, (terms.opened_on, rows[-1].due_date + DAY))

    assert found == Punctuality(0, 0, 6)


def test_who_paid_twenty_days_late_was_twenty_days_late_and_is_not_now(terms, pay):
    row = terms.rows[0]
    on = row.due_date + 20 * DAY
    events = [pay(2, on, row.principal_minor + row.interest_minor + 5_000)]

    found = punctuality(terms, events, (terms.opened_on, on + DAY))

    assert (found.days_late, found.worst_days_late, found.on_time) == (0, 20, 0)


def test_who_paid_nothing_is_as_late_as_the_day(terms):
    due = terms.rows[0].due_date

    assert punctuality(terms, [], (terms.opened_on, due)) == Punctuality()
    assert punctuality(terms, [], (terms.opened_on, due + 31 * DAY)).days_late == 31


def test_of_several_loans_the_worst_counts_and_what_was_on_time_adds_up():
    one, other = Punctuality(3, 40, 2), Punctuality(5, 10, 7, is_given_up=True)

    assert one.beside(other) == Punctuality(5, 40, 9, is_given_up=True)


def test_a_review_moves_only_as_its_table_says():
    for old in ReviewState:
        for new in ReviewState:
            if new in MOVES.get(old, ()):
                assert check_move(old, new) is new
            else:
                with pytest.raises(Conflict, match="already"):
                    check_move(old, new)
    assert set(MOVES) - OPEN == {ReviewState.IN_FORCE}


def test_every_row_of_the_shipped_table_has_a_golden_case_and_words_in_the_pack():
    path = rules_root() / "line_review.json"
    table, pack = load_line_rules(), Pack.load("cn/2026.08")

    assert uncovered_rows(table, load_cases(path)) == []
    reasons = {*table.outputs("reason"), "line_unchanged"}
    assert {code for code in reasons if code not in pack.content.reasons} == set()


@pytest.mark.parametrize(
    ("cell", "bad"), [("limit_percent", "90"), ("limit_percent", "1001"), ("outcome", "'double'")]
)
def test_a_table_that_says_what_no_review_knows_is_not_loaded(cell, bad):
    jdm = json.loads((rules_root() / "line_review.json").read_text(encoding="utf-8"))
    rows = next(node for node in jdm["nodes"] if node["id"] == "table")["content"]["rules"]
    next(row for row in rows if row["_id"] == "GOOD")[cell] = bad

    with pytest.raises(BadTable):
        check_line_rules(Table.load("line_review", jdm))
