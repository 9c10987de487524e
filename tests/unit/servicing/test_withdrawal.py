"""Withdrawing from a contract: the principal, interest by the day, and no fee as if none was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.kernel.errors import Refused
from tongtu.servicing.model import EventKind, LoanEvent
from tongtu.servicing.model.details import details_json, details_of
from tongtu.servicing.model.event import Target, Withdrawal
from tongtu.servicing.rules.admission import admit
from tongtu.servicing.rules.fold import fold

from .test_goods import START, opened, paid, plan

FEE = 3_000
TERMS = plan(3_000_000, 720, 3, FEE)
FIRST_DUE = TERMS.rows[0].due_date


def withdrawn(seq, on, *, is_interest_owed=True):
    details = Withdrawal(is_interest_owed)
    return LoanEvent(seq, EventKind.WITHDRAWN, on, on, 1, None, details)


def test_principal_and_interest_for_the_days_used_go_back_and_no_fee():
    on = START + timedelta(days=7)

    state = fold(TERMS, [opened(TERMS), withdrawn(2, on)], on)

    # 18,000 fen for 28 days from 31 January: a quarter of them.
    assert (TERMS.rows[0].interest_minor, (FIRST_DUE - START).days) == (18_000, 28)
    assert (state.outstanding_minor, state.interest_minor, state.fee_minor) == (3_000_000, 4_500, 0)
    assert [row.fee_minor for row in state.rows] == [0, 0, 0]
    after = fold(TERMS, [opened(TERMS), withdrawn(2, on), paid(3, on, state.payoff_minor)], on)
    assert (after.settled_on, after.payoff_minor, after.surplus_minor) == (on, 0, 0)
    assert after.paid_interest_minor == 4_500


def test_interest_grows_by_the_day_until_the_money_is_back():
    on = START + timedelta(days=7)
    events = [opened(TERMS), withdrawn(2, on)]

    later = fold(TERMS, events, on + timedelta(days=7))

    assert later.payoff_minor == 3_000_000 + 9_000


def test_a_law_that_lets_no_interest_be_asked_for_has_the_principal_back_alone():
    on = START + timedelta(days=7)

    state = fold(TERMS, [opened(TERMS), withdrawn(2, on, is_interest_owed=False)], on)

    assert state.payoff_minor == 3_000_000


def test_a_fee_paid_before_counts_as_principal_from_its_day_on():
    late = FIRST_DUE + timedelta(days=1)
    first = TERMS.rows[0].principal_minor + TERMS.rows[0].interest_minor + FEE
    events = [opened(TERMS), paid(2, FIRST_DUE, first)]
    before = fold(TERMS, events, late)

    state = fold(TERMS, [*events, withdrawn(3, late)], late)

    assert (before.paid_fee_minor, state.paid_fee_minor) == (FEE, 0)
    assert state.outstanding_minor == 3_000_000 - first
    # It counts as never lent: the month and the day bear interest on what was left.
    assert state.interest_minor < 18_000 * state.outstanding_minor // 3_000_000 + 500
    assert state.overdue_interest_minor == 0


def test_money_paid_ahead_bears_no_interest_for_days_nobody_used():
    on = START + timedelta(days=7)
    events = [opened(TERMS), paid(2, START + timedelta(days=3), 1_000_000)]
    agreed = fold(TERMS, events, on)

    state = fold(TERMS, [*events, withdrawn(3, on)], on)

    # By plan the first month's interest was paid ahead, and would stay paid.
    assert agreed.paid_interest_minor == 18_000
    # Seven of 28 days on two millions.
    assert (state.outstanding_minor, state.interest_minor) == (2_000_000, 3_000)


def test_a_withdrawal_whose_money_went_back_stands_and_is_owed_again():
    on = START + timedelta(days=7)
    events = [opened(TERMS), withdrawn(2, on), paid(3, on, 3_004_500)]
    undo = LoanEvent(4, EventKind.UNDONE, on, on, 1, 9, Target(3))

    state = fold(TERMS, [*events, undo], on)

    assert (state.settled_on, state.payoff_minor) == (None, 3_004_500)


def test_a_contract_is_withdrawn_from_once_and_not_when_nothing_is_owed():
    on = START + timedelta(days=7)
    asked = withdrawn(3, on)

    with pytest.raises(Refused) as twice:
        admit(TERMS, [opened(TERMS), withdrawn(2, on)], asked, on)
    with pytest.raises(Refused) as settled:
        owed = fold(TERMS, [opened(TERMS)], on).payoff_minor
        admit(TERMS, [opened(TERMS), paid(2, on, owed)], asked, on)

    assert (twice.value.code, settled.value.code) == ("withdrawn_already", "loan_settled")
    admitted = admit(TERMS, [opened(TERMS)], replace(asked, seq=2), on)
    assert (admitted.amount_minor, admitted.value_date) == (3_000_000, on)


@pytest.mark.parametrize("is_owed", [True, False])
def test_what_a_withdrawal_says_is_read_as_it_was_written(is_owed):
    assert details_of(details_json(Withdrawal(is_owed))) == Withdrawal(is_owed)


@given(
    of=st.tuples(
        st.integers(100_000, 20_000_000),
        st.integers(0, 2_400),
        st.integers(3, 24),
        st.integers(0, 20_000),
        st.integers(0, 27),
        st.integers(0, 50),
    )
)
def test_whatever_was_paid_before_a_withdrawal_the_two_sides_meet_to_the_fen(
    of,
):
    principal, rate, months, fee, days, part = of
    terms, on = plan(principal, rate, months, fee), START + timedelta(days=days)
    first = principal * part // 100
    events = [opened(terms), *([paid(2, START, first)] if first else []), withdrawn(3, on)]

    state = fold(terms, events, on)
    ended = fold(terms, [*events, paid(4, on, state.payoff_minor)], on)

    assert (ended.settled_on, ended.surplus_minor) == (on, 0)
    assert ended.paid_fee_minor == 0
    # Both sides: what came in is what was lent and the interest of the days.
    assert first + state.payoff_minor == principal + ended.paid_interest_minor
    interest = terms.rows[0].interest_minor
    assert 0 <= ended.paid_interest_minor <= (interest * days + 27) // 28 + 1


def test_the_days_are_ordinal_days_of_a_date():
    assert date(2026, 2, 28) == FIRST_DUE
