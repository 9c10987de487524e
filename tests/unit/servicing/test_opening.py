"""A source's loan is recomputed, and each figure that differs is named with the arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tongtu.kernel.errors import Refused
from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent
from tongtu.servicing.model.event import Pause, ReAge, Reschedule
from tongtu.servicing.rules.admission import admit
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.opening import SourceLoan, position
from tongtu.terms.api import Every, LoanTerms, Method, schedule

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


def of_method(method, paid=5):
    """Return the source's loan by another method, and the rows that are left of it."""
    plan = LoanTerms(1_200_000, 1_200, 12, date(2026, 5, 31), method=method)
    rows = schedule(plan).rows
    source = replace(
        SOURCE, method=method,
        outstanding_minor=1_200_000 - sum(row.principal_minor for row in rows[:paid]),
        next_instalment_minor=rows[paid].principal_minor + rows[paid].interest_minor,
    )  # fmt: skip
    return source, rows[paid:]


@pytest.mark.parametrize(
    ("method", "principal", "interest"),
    [
        (Method.EQUAL_PRINCIPAL, 100_000, 7_000),
        (Method.INTEREST_ONLY, 0, 12_000),
        (Method.FLAT, 100_000, 12_000),
    ],
)
def test_a_loan_of_another_method_is_taken_over_as_it_runs(method, principal, interest):
    source, left = of_method(method)

    found = position(source, CUT_OVER, 2_400)

    assert found.differences == ()
    first = found.terms.rows[0]
    assert (first.principal_minor, first.interest_minor) == (principal, interest)
    assert [(row.principal_minor, row.interest_minor) for row in found.terms.rows] == [
        (row.principal_minor, row.interest_minor) for row in left
    ]
    assert FrozenTerms.from_json(found.terms.to_json()) == found.terms
    assert position(replace(source, method=Method.EQUAL_INSTALMENT), CUT_OVER, 2_400).differences


@pytest.mark.parametrize("method", Method)
def test_a_taken_over_loan_of_any_method_is_paid_as_agreed_and_settles_to_the_fen(method):
    source, left = of_method(method)
    terms = position(source, CUT_OVER, 2_400).terms
    events = [LoanEvent(1, EventKind.IMPORTED, CUT_OVER, CUT_OVER, terms.principal_minor)]
    for seq, row in enumerate(terms.rows, start=2):
        due = row.principal_minor + row.interest_minor
        events.append(LoanEvent(seq, EventKind.REPAID, row.due_date, row.due_date, due, seq))

    state = fold(terms, events, terms.rows[-1].due_date)

    assert state.settled_on == left[-1].due_date
    assert state.paid_interest_minor == sum(row.interest_minor for row in left)
    assert (state.outstanding_minor, state.interest_minor, state.surplus_minor) == (0, 0, 0)


def changed(method, kind, details=None):
    """Return a loan taken over by a method, one change of its plan, and how it then stands."""
    terms = position(of_method(method)[0], CUT_OVER, 2_400).terms
    events = [LoanEvent(1, EventKind.IMPORTED, CUT_OVER, CUT_OVER, terms.principal_minor)]
    asked = LoanEvent(2, kind, CUT_OVER, CUT_OVER, 0, None, details)
    events.append(admit(terms, events, asked, CUT_OVER))
    return terms, events, fold(terms, events, CUT_OVER)


CHANGES = {
    "two rests": (EventKind.RESCHEDULED, Reschedule(CUT_OVER, grace_principal=2)),
    "three more": (EventKind.RESCHEDULED, Reschedule(CUT_OVER, extra_terms=3)),
    "a lower rate": (EventKind.RESCHEDULED, Reschedule(CUT_OVER, rate_bps=Decimal(600))),
    "moved": (EventKind.RESCHEDULED, Reschedule(CUT_OVER, due_date=date(2026, 12, 10))),
    "re-aged": (EventKind.RE_AGED, ReAge(date(2026, 12, 24), Every(1), 6)),
    "a pause": (EventKind.INTEREST_PAUSED, Pause(CUT_OVER, CUT_OVER)),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("method", [Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY, Method.FLAT])
def test_a_plan_of_another_method_is_laid_anew_by_its_own_and_settles_to_the_fen(method, change):
    terms, events, state = changed(method, *CHANGES[change])
    coming = [row for row in state.rows if row.principal_minor + row.interest_minor]
    principals = [row.principal_minor for row in coming]

    assert sum(principals) == terms.principal_minor
    if method is Method.INTEREST_ONLY:
        assert set(principals[:-1]) == {0}
    else:
        rest = 2 if change == "two rests" else 0
        assert set(principals[:rest]) <= {0}
        assert max(principals[rest:]) - min(principals[rest:]) <= len(principals)
    asked = 0
    for seq, row in enumerate(coming, start=3):
        due = row.principal_minor + row.interest_minor + row.fee_minor
        events.append(LoanEvent(seq, EventKind.REPAID, row.due_date, row.due_date, due, seq))
        asked += row.interest_minor
    paid = fold(terms, events, coming[-1].due_date)
    assert (paid.settled_on, paid.paid_interest_minor) == (coming[-1].due_date, asked)
    assert (paid.outstanding_minor, paid.interest_minor, paid.surplus_minor) == (0, 0, 0)


def test_interest_of_a_plan_laid_anew_is_the_balance_times_the_months_rate():
    _, _, state = changed(Method.EQUAL_PRINCIPAL, *CHANGES["three more"])
    _, _, ahead = changed(Method.INTEREST_ONLY, *CHANGES["a lower rate"])

    # 7,000 yuan over ten months instead of seven: 700 a month, 1 % of what is left.
    assert [(row.principal_minor, row.interest_minor) for row in state.rows] == [
        (70_000, 7_000 - 700 * n) for n in range(10)
    ]
    # 12,000 yuan at 6 %: 60 a month from the night before the first day it holds for.
    assert [row.interest_minor for row in ahead.rows][1:] == [6_000] * 6


def test_a_changed_plan_of_flat_interest_asks_each_month_for_what_a_signed_month_bore():
    def rows_of(change):
        _, _, state = changed(Method.FLAT, *CHANGES[change])
        return [(row.principal_minor, row.interest_minor) for row in state.rows]

    # 7,000 yuan are left of 12,000 at 1 % a month, 120 yuan each month on what was lent first.
    assert rows_of("three more") == [(70_000, 12_000)] * 10
    assert rows_of("two rests") == [(0, 12_000)] * 2 + [(100_000, 12_000)] * 7
    # Half the rate from the night before 24 November on: 7 of the first row's 30 days.
    assert rows_of("a lower rate") == [(100_000, 10_600), *[(100_000, 6_000)] * 6]
    # One night of the first row's month bears nothing.
    assert rows_of("a pause") == [(100_000, 11_600), *[(100_000, 12_000)] * 6]


def test_a_flat_loan_whose_first_instalment_is_partly_paid_bears_a_whole_months_interest_after():
    source, _ = of_method(Method.FLAT, paid=4)
    late = replace(
        source, instalments_paid=4, paid_of_next_minor=12_050, next_due_date=date(2026, 10, 31),
        next_instalment_minor=99_950, outstanding_minor=source.outstanding_minor - 50,
    )  # fmt: skip
    terms = position(late, CUT_OVER, 2_400).terms
    events = [LoanEvent(1, EventKind.IMPORTED, CUT_OVER, CUT_OVER, terms.principal_minor)]
    more = Reschedule(CUT_OVER, extra_terms=1)
    asked = LoanEvent(2, EventKind.RESCHEDULED, CUT_OVER, CUT_OVER, 0, None, more)

    state = fold(terms, [*events, admit(terms, events, asked, CUT_OVER)], CUT_OVER)

    assert [row.interest_minor for row in state.rows] == [0, *[12_000] * 8]
    assert sum(row.principal_minor for row in state.rows) == terms.principal_minor


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
