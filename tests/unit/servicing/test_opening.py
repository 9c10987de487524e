"""A source's loan is recomputed, and each figure that differs is named with the arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tongtu.kernel.errors import Refused
from tongtu.servicing.rules.opening import SourceLoan, position
from tongtu.terms.api import LoanTerms, schedule

CUT_OVER = date(2026, 11, 24)
ROWS = schedule(LoanTerms(1_200_000, 1_200, 12, date(2026, 5, 31))).rows
SOURCE = SourceLoan(
    external="L1", borrower="C1", lender=1, product="consumer_cash", principal_minor=1_200_000,
    rate_bps=1_200, tenor_months=12, opened_on=date(2026, 5, 31), fee_monthly_minor=0,
    instalments_paid=5, paid_of_next_minor=0,
    outstanding_minor=1_200_000 - sum(row.principal_minor for row in ROWS[:5]),
    next_due_date=date(2026, 11, 30),
    next_instalment_minor=ROWS[5].principal_minor + ROWS[5].interest_minor,
)  # fmt: skip


def test_what_is_left_of_the_plan_is_taken_over_with_its_own_dates():
    found = position(SOURCE, CUT_OVER, 2_400)

    assert found.differences == ()
    assert [row.due_date for row in found.terms.rows] == [row.due_date for row in ROWS[5:]]
    assert [row.principal_minor for row in found.terms.rows] == [
        row.principal_minor for row in ROWS[5:]
    ]
    assert (found.terms.rows[0].nr, found.terms.opened_on) == (1, date(2026, 10, 31))
    assert found.terms.overdue_rate_bps == 1_800
    assert position(SOURCE, CUT_OVER, 1_500).terms.overdue_rate_bps == 1_500


def test_a_figure_that_differs_by_a_fen_is_named_with_how_ours_came_about():
    told = replace(SOURCE, outstanding_minor=SOURCE.outstanding_minor + 1)

    [difference] = position(told, CUT_OVER, 2_400).differences

    assert (difference.figure, difference.ours) == (
        "outstanding_minor", str(SOURCE.outstanding_minor)
    )  # fmt: skip
    paid = sum(row.principal_minor for row in ROWS[:5])
    assert difference.arithmetic == (
        f"1200000 at 1200 bps over 12 months from 2026-05-31; 5 instalments paid hold principal "
        f"{paid}, so {1_200_000 - paid} is left; instalment 6 due 2026-11-30 is "
        f"{ROWS[5].principal_minor} + {ROWS[5].interest_minor} + 0 (principal + interest + fee)"
    )


def test_a_part_paid_of_a_late_instalment_pays_interest_before_principal():
    late = replace(
        SOURCE, instalments_paid=4, paid_of_next_minor=ROWS[4].interest_minor + 100,
        outstanding_minor=1_200_000 - sum(row.principal_minor for row in ROWS[:4]) - 100,
        next_due_date=date(2026, 10, 31), next_instalment_minor=ROWS[4].principal_minor - 100,
    )  # fmt: skip

    found = position(late, CUT_OVER, 2_400)

    assert found.differences == ()
    assert found.terms.rows[0].interest_minor == 0
    assert found.terms.rows[0].principal_minor == ROWS[4].principal_minor - 100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"opened_on": CUT_OVER}, "not_begun"),
        ({"instalments_paid": 12}, "nothing_owed"),
        ({"paid_of_next_minor": 1}, "paid_ahead"),
        ({"instalments_paid": 4, "paid_of_next_minor": 10**9}, "bad_part_paid"),
        ({"principal_minor": 0}, "bad_terms"),
    ],
)
def test_what_no_position_can_be_made_of_is_refused_by_name(change, code):
    with pytest.raises(Refused) as refusal:
        position(replace(SOURCE, **change), CUT_OVER, 2_400)

    assert refusal.value.code == code
