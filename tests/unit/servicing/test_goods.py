"""Goods that come back: what a merchant's refund does to the loan that paid for them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent, Planned
from tongtu.servicing.model.event import GoodsBack
from tongtu.servicing.rules.fold import fold
from tongtu.terms.api import LoanTerms, monthly_fee, schedule

START = date(2026, 1, 31)


def plan(principal, rate, months, fee=0):
    rows, before = [], START
    for row in schedule(LoanTerms(principal, rate, months, START, fees=monthly_fee(fee))).rows:
        amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
        rows.append(Planned(row.nr, before, row.due_date, *amounts))
        before = row.due_date
    return FrozenTerms(principal, rate, rate * 3 // 2, tuple(rows))


def opened(terms):
    return LoanEvent(1, EventKind.DISBURSED, START, START, terms.principal_minor, 1)


def back(seq, on, amount, *, is_whole=False):
    kind, details = EventKind.MERCHANT_REFUNDED, GoodsBack(is_whole)
    return LoanEvent(seq, kind, on, on, amount, seq, details)


def paid(seq, on, amount):
    return LoanEvent(seq, EventKind.REPAID, on, on, amount, seq)


def test_a_part_returned_pays_no_interest_and_lowers_every_row_to_come():
    terms = plan(1_200_000, 1_200, 12)
    on = START + timedelta(days=10)

    state = fold(terms, [opened(terms), back(2, on, 600_000)], on)

    assert state.outstanding_minor == 600_000
    assert state.paid_interest_minor == 0
    before = [row.principal_minor for row in terms.rows]
    assert [row.paid_principal_minor for row in state.rows] == _like_parts(600_000, before)
    # 28 days from 31 January to 28 February: ten on the whole, eighteen on the half.
    interest = terms.rows[0].interest_minor
    assert (interest, state.rows[0].interest_minor) == (12_000, 4_286 + 3_857)


def _like_parts(amount, weights):
    parts, weight = [], sum(weights)
    for one in weights:
        part = amount * one // weight
        parts.append(part)
        amount, weight = amount - part, weight - one
    return parts


def test_a_return_pays_what_is_past_due_first():
    terms = plan(1_200_000, 1_200, 12)
    on = terms.rows[1].due_date + timedelta(days=1)
    due = terms.rows[0].principal_minor + terms.rows[1].principal_minor

    state = fold(terms, [opened(terms), back(2, on, due + 12)], on)

    assert [row.paid_principal_minor for row in state.rows[:2]] == [
        terms.rows[0].principal_minor, terms.rows[1].principal_minor,
    ]  # fmt: skip
    assert state.outstanding_minor == 1_200_000 - due - 12
    assert state.paid_interest_minor == 0


def test_all_goods_back_too_late_leave_the_interest_of_the_days_they_were_kept():
    terms = plan(1_200_000, 1_200, 12)
    on = START + timedelta(days=14)
    last = terms.rows[-1].due_date

    events = [opened(terms), back(2, on, 1_200_000)]

    assert fold(terms, events, last).interest_minor == 6_000
    assert fold(terms, events, on).settled_on is None
    settled = fold(terms, [*events, paid(3, last, 6_000 + _overdue(terms, events))], last)
    assert (settled.settled_on, settled.payoff_minor) == (last, 0)


def _overdue(terms, events):
    return fold(terms, events, terms.rows[-1].due_date).overdue_interest_minor


@given(
    price=st.integers(10_000, 5_000_000),
    rate=st.integers(0, 2_400),
    months=st.sampled_from((3, 6, 12)),
    cuts=st.lists(st.tuples(st.integers(1, 99), st.integers(0, 200)), min_size=1, max_size=5),
    payments=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), max_size=3),
)
def test_goods_all_back_within_the_rule_leave_no_cost_and_owe_back_all_that_was_paid(
    price, rate, months, cuts, payments
):
    terms, left = plan(price, rate, months, 50), price
    events = [opened(terms)]
    amounts = []
    for percent, _ in cuts[:-1]:
        amounts.append(max(1, left * percent // 100))
        left -= amounts[-1]
        if left <= 1:
            break
    amounts.append(left)
    days = sorted(day for _, day in cuts)[: len(amounts)]
    days += [days[-1]] * (len(amounts) - len(days))
    seq, given_back = 2, 0
    for percent, day in payments:
        events.append(paid(seq, START + timedelta(days=day), price * percent // 100 + 1))
        given_back += events[-1].amount_minor
        seq += 1
    for nr, (amount, day) in enumerate(zip(amounts, days, strict=True), start=1):
        on = START + timedelta(days=day)
        events.append(back(seq, on, amount, is_whole=nr == len(amounts)))
        seq += 1
    end = START + timedelta(days=400)

    state = fold(terms, events, end)

    assert (state.outstanding_minor, state.payoff_minor) == (0, 0)
    assert (state.paid_interest_minor, state.paid_fee_minor, state.paid_overdue_minor) == (0, 0, 0)
    assert state.surplus_minor == given_back
    assert state.settled_on is not None


@given(
    price=st.integers(10_000, 5_000_000),
    rate=st.integers(0, 2_400),
    percent=st.integers(1, 100),
    day=st.integers(0, 400),
    payment=st.tuples(st.integers(0, 120), st.integers(0, 400)),
)
def test_money_is_conserved_whatever_comes_back(price, rate, percent, day, payment):
    terms = plan(price, rate, 6)
    amount, share = max(1, price * percent // 100), price * payment[0] // 100
    events = [opened(terms), back(2, START + timedelta(days=day), amount)]
    if share:
        events.append(paid(3, START + timedelta(days=payment[1]), share))

    for later in (day, 200, 500):
        state = fold(terms, events, START + timedelta(days=later))
        taken = (
            price - state.outstanding_minor + state.paid_interest_minor + state.paid_fee_minor
            + state.paid_overdue_minor + state.surplus_minor
        )  # fmt: skip
        assert taken == amount + share
        assert state.interest_minor >= 0
        assert state.outstanding_minor >= 0
