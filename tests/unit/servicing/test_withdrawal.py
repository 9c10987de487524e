"""Withdrawing from a contract: the principal, interest by the day, and no fee as if none was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tongtu.kernel.errors import Refused
from tongtu.servicing.model import EventKind, LoanEvent
from tongtu.servicing.model.details import details_json, details_of
from tongtu.servicing.model.event import Charge, Component, Pause, Target, Withdrawal
from tongtu.servicing.rules.admission import admit
from tongtu.servicing.rules.fold import fold

from .test_goods import START, opened, paid, plan

FEE = 3_000
TERMS = plan(3_000_000, 720, 3, FEE)
FIRST_DUE = TERMS.rows[0].due_date


def withdrawn(seq, on, *, is_interest_owed=True):
    details = Withdrawal(is_interest_owed, on + timedelta(days=30))
    return LoanEvent(seq, EventKind.WITHDRAWN, on, on, 1, None, details)


def test_principal_and_interest_for_the_days_used_go_back_and_no_fee():
    on = START + timedelta(days=7)

    state = fold(TERMS, [opened(TERMS), withdrawn(2, on)], on)

    # 18,000 fen for 28 days from 31 January: a quarter of them.
    assert (TERMS.rows[0].interest_minor, (FIRST_DUE - START).days) == (18_000, 28)
    assert (state.outstanding_minor, state.interest_minor, state.fee_minor) == (3_000_000, 4_500, 0)
    assert [row.fee_minor for row in state.rows] == [0]
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
    # A month on the whole, and a day on what was left, at 18,000 fen for 28 days on 3,000,000.
    assert state.interest_minor == 18_000 + round(18_000 / 28 * (3_000_000 - first) / 3_000_000)
    assert state.overdue_interest_minor == 0


def test_money_paid_ahead_bears_no_interest_for_days_nobody_used():
    on = START + timedelta(days=7)
    events = [opened(TERMS), paid(2, START + timedelta(days=3), 1_000_000)]
    agreed = fold(TERMS, events, on)

    state = fold(TERMS, [*events, withdrawn(3, on)], on)

    # By plan the first month's interest was paid ahead, and would stay paid.
    assert agreed.paid_interest_minor == 18_000
    # Three of 28 days on three millions, four on two.
    assert (state.outstanding_minor, state.interest_minor) == (2_000_000, 1_929 + 1_714)


@pytest.mark.parametrize(("paid_minor", "owed_minor"), [(300_000, 1_000), (299_999, 1_001)])
def test_paying_before_or_after_a_withdrawal_comes_to_the_same(paid_minor, owed_minor):
    terms, on = plan(300_000, 1_200, 12), START + timedelta(days=9)
    # 3,000 fen of interest for 28 days; 964 for nine.
    terms = replace(terms, rows=(replace(terms.rows[0], interest_minor=3_111), *terms.rows[1:]))
    events = [opened(terms), paid(2, on, paid_minor), withdrawn(3, on)]
    later = [opened(terms), withdrawn(2, on), paid(3, on, paid_minor)]

    state = fold(terms, events, on)

    assert (state.settled_on, state.payoff_minor) == (None, owed_minor)
    assert fold(terms, later, on).payoff_minor == owed_minor
    ended = fold(terms, [*events, paid(4, on, owed_minor)], on)
    assert (ended.settled_on, ended.paid_interest_minor, ended.surplus_minor) == (on, 1_000, 0)


@pytest.mark.parametrize("day", [38, 39, 40, 60])
def test_who_pays_back_on_the_last_day_or_after_it_pays_the_interest_of_all_days(day):
    terms, on = plan(300_000, 1_200, 12), START + timedelta(days=day)
    events = [opened(terms), withdrawn(2, START + timedelta(days=9))]
    owed = fold(terms, events, on)

    ended = fold(terms, [*events, paid(3, on, owed.payoff_minor)], on)
    in_part = fold(terms, [*events, paid(3, on, 300_000)], on)

    kept = ended.paid_interest_minor + ended.paid_overdue_minor
    assert (ended.settled_on, ended.surplus_minor, kept) == (on, 0, owed.payoff_minor - 300_000)
    # The principal alone leaves the interest to be paid.
    assert (in_part.settled_on, in_part.payoff_minor) == (None, owed.payoff_minor - 300_000)


def test_nothing_is_late_before_the_last_day_to_pay_back_and_interest_is_all_that_grows_after():
    on = START + timedelta(days=7)
    last = on + timedelta(days=30)
    events = [opened(TERMS), withdrawn(2, on)]

    before, after = fold(TERMS, events, last), fold(TERMS, events, last + timedelta(days=10))

    # The first instalment of the plan, which is void, fell due nine days before.
    assert (before.dpd, before.overdue_minor, [row.due_date for row in before.rows]) == (
        0, 0, [last],
    )  # fmt: skip
    assert before.interest_minor == 18_000 * 37 // 28
    # Ten days at the agreed 7.2 % over 360 days, not at the 10.8 % for being late.
    assert (after.dpd, after.interest_minor) == (10, before.interest_minor + 6_000)


def test_what_was_granted_and_charged_under_the_plan_is_void_with_it():
    on = START + timedelta(days=12)
    fined = LoanEvent(
        2, EventKind.CHARGED, START, START, 5_000, None, Charge(Component.PENALTY, FIRST_DUE)
    )
    paused = LoanEvent(
        3, EventKind.INTEREST_PAUSED, START, START, 1, None,
        Pause(START + timedelta(days=1), START + timedelta(days=5)),
    )  # fmt: skip

    state = fold(TERMS, [opened(TERMS), fined, paused, withdrawn(4, on)], on)

    # Twelve days of 42, five of which bear nothing.
    assert (state.fee_minor, state.interest_minor) == (0, round(18_000 * 37 // 28 * 12 / 42))


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (EventKind.CHARGED, Charge(Component.FEE, FIRST_DUE)),
        (EventKind.INTEREST_PAUSED, Pause(FIRST_DUE, FIRST_DUE)),
        (EventKind.RE_AMORTIZED, None),
    ],
)
def test_a_contract_withdrawn_from_bears_no_charge_and_has_no_plan_to_change(kind, details):
    on = START + timedelta(days=7)
    event = LoanEvent(3, kind, on, on, 100, None, details)

    with pytest.raises(Refused) as refusal:
        admit(TERMS, [opened(TERMS), withdrawn(2, on)], event, on)

    assert refusal.value.code == "withdrawn_already"


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


@pytest.mark.parametrize(
    ("day", "owed_minor", "after_a_part_minor"),
    [(3, 3_001_929, 2_001_286), (28, 3_018_000, 2_012_000), (80, 3_034_261, 2_018_061)],
)
def test_a_withdrawal_booked_before_it_had_a_last_day_counts_as_it_did(
    day, owed_minor, after_a_part_minor
):
    # The figures of the release that booked it, as its day ends posted them.
    on, seen = START + timedelta(days=3), START + timedelta(days=day)
    without = LoanEvent(9, EventKind.WITHDRAWN, on, on, 1, None, Withdrawal(True))

    state = fold(TERMS, [opened(TERMS), without], seen)
    part = fold(
        TERMS, [opened(TERMS), paid(2, START + timedelta(days=2), 1_000_000), without], seen
    )

    assert (state.payoff_minor, part.payoff_minor) == (owed_minor, after_a_part_minor)
    assert [row.due_date for row in state.rows] == [row.due_date for row in TERMS.rows]
    assert (state.fee_minor, state.overdue_interest_minor) == (0, 0)


@pytest.mark.parametrize("repay_by", [None, FIRST_DUE])
def test_what_a_withdrawal_says_is_read_as_it_was_written(repay_by):
    for is_owed in (True, False):
        said = Withdrawal(is_owed, repay_by)
        assert details_of(details_json(said)) == said


# Paid back on the very last day, and after it, with nothing paid before.
@example(of=(300_000, 1_200, 12, 0), when=(9, 9, 30), part=0)
@example(of=(300_000, 1_200, 12, 0), when=(9, 9, 45), part=0)
@given(
    of=st.tuples(
        st.integers(100_000, 20_000_000), st.integers(0, 2_400), st.integers(3, 24),
        st.integers(0, 20_000),
    ),
    when=st.tuples(st.integers(0, 27), st.integers(0, 27), st.integers(0, 45)),
    part=st.integers(0, 100),
)  # fmt: skip
@example(of=(100_000, 1, 3, 0), when=(0, 0, 30), part=0)
def test_whatever_was_paid_before_a_withdrawal_the_two_sides_meet_to_the_fen(of, when, part):
    principal, rate, months, fee = of
    on = START + timedelta(days=max(when[:2]))
    paid_on, end = START + timedelta(days=min(when[:2])), on + timedelta(days=when[2])
    terms = plan(principal, rate, months, fee)
    first = principal * part // 100
    events = [opened(terms), *([paid(2, paid_on, first)] if first else []), withdrawn(3, on)]

    owed = fold(terms, events, end)
    ended = fold(terms, [*events, paid(4, end, owed.payoff_minor)], end)

    # What the whole principal bears a day, for its days, and what is left of it for its own.
    a_day = Fraction(terms.rows[0].interest_minor, 28)
    whole, rest = (paid_on - START).days, (min(end, on + timedelta(days=30)) - paid_on).days
    exact = a_day * whole + a_day * rest * (principal - first) / principal
    late = max((end - on).days - 30, 0) * (principal - first) * rate
    assert owed.outstanding_minor == principal - first
    assert abs(owed.interest_minor - exact - Fraction(late, 3_600_000)) <= 3
    if owed.payoff_minor:
        assert ended.settled_on == end
    assert (ended.payoff_minor, ended.surplus_minor, ended.paid_fee_minor) == (0, 0, 0)
    # Both sides: what came in is what was lent and the interest of the days.
    interest = ended.paid_interest_minor + ended.paid_overdue_minor
    assert first + owed.payoff_minor == principal + interest
