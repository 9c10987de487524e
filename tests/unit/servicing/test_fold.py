from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.kernel.errors import Broken
from tongtu.kernel.money import divide_half_up
from tongtu.servicing.model import Component, EventKind, FrozenTerms, LoanEvent, RowStatus
from tongtu.servicing.model.event import Pause
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.postings import difference
from tongtu.terms.api import PaymentOrder

OPENED = date(2026, 11, 24)
# What the profile in force draws; HYPOTHESIS_PROFILE=wide draws 25 times as much.
FEW = settings.default.max_examples


def test_a_loan_paid_as_agreed_asks_for_the_schedule_to_the_fen_and_settles(terms, pay):
    events = [pay(nr, row.due_date, _total(row)) for nr, row in enumerate(terms.rows, start=2)]

    state = fold(terms, events, terms.rows[-1].due_date)

    assert state.settled_on == date(2027, 11, 24)
    assert sum(event.amount_minor for event in events) == 3_118_282
    assert state.paid_interest_minor == 118_282
    assert (state.outstanding_minor, state.interest_minor, state.fee_minor) == (0, 0, 0)
    assert {row.status for row in state.rows} == {RowStatus.PAID}


def test_interest_grows_by_the_day_and_meets_the_agreed_figure_on_the_due_date(terms):
    first = terms.rows[0]

    assert first.interest_minor == 18_000
    assert fold(terms, [], OPENED).interest_minor == 0
    assert fold(terms, [], OPENED + timedelta(days=15)).interest_minor == 9_000
    assert fold(terms, [], OPENED + timedelta(days=1)).interest_minor == 600
    assert fold(terms, [], first.due_date).interest_minor == 18_000


def test_a_late_instalment_counts_days_and_bears_overdue_interest_on_its_principal(terms):
    due = terms.rows[0].due_date
    state = fold(terms, [], due + timedelta(days=10))

    assert terms.rows[0].principal_minor == 241_857
    assert state.dpd == 10
    # 2,418.57 yuan for 10 days at 10.80 % over 360
    assert state.overdue_interest_minor == 726
    assert state.overdue_minor == 241_857 + 18_000 + 726
    assert fold(terms, [], due).dpd == 0


def test_a_payment_takes_fee_interest_principal_of_the_oldest_then_overdue_interest(make, pay):
    terms = make(fee=1_000)
    on = terms.rows[1].due_date
    state = fold(terms, [pay(2, on, 300_000)], on)

    assert [(part.nr, part.component, part.amount_minor) for part in state.parts[2]] == [
        (1, Component.FEE, 1_000),
        (1, Component.INTEREST, 18_000),
        (1, Component.PRINCIPAL, 241_857),
        (2, Component.FEE, 1_000),
        (2, Component.INTEREST, 16_549),
        (2, Component.PRINCIPAL, 21_594),
    ]
    assert state.dpd == 0
    assert state.overdue_interest_minor == 2_249


def test_an_instalment_paid_early_is_paid_as_agreed_and_the_rest_pays_principal_ahead(terms, pay):
    on = OPENED + timedelta(days=3)
    state = fold(terms, [pay(2, on, 359_857)], on)

    assert state.rows[0].status is RowStatus.PAID
    assert state.rows[0].paid_interest_minor == 18_000
    assert state.rows[1].paid_principal_minor == 100_000
    assert state.rows[1].paid_interest_minor == 0
    # Interest of the second month only on what is really owed: 16,549 less 100,000 at .6 %.
    assert state.rows[1].interest_minor == 15_949


def test_paying_the_debt_of_the_day_settles_the_loan_and_later_interest_is_never_charged(make, pay):
    terms = make(fee=1_000)
    on = OPENED + timedelta(days=15)
    assert fold(terms, [], on).payoff_minor == 3_009_000

    state = fold(terms, [pay(2, on, 3_009_000)], on)

    assert state.settled_on == on
    assert (state.paid_interest_minor, state.paid_fee_minor) == (9_000, 0)
    later = fold(terms, [pay(2, on, 3_009_000)], on + timedelta(days=300))
    assert (later.payoff_minor, later.dpd, later.overdue_minor) == (0, 0, 0)


def test_the_last_instalment_may_be_paid_a_day_early_as_it_was_announced(terms, pay):
    events = [pay(nr, row.due_date, _total(row)) for nr, row in enumerate(terms.rows[:-1], 2)]
    on = terms.rows[-1].due_date - timedelta(days=1)
    before = fold(terms, events, on)
    assert before.limit_minor == 259_855
    assert before.payoff_minor == 259_805

    assert fold(terms, [*events, pay(20, on, 259_855)], on).settled_on == on
    assert fold(terms, [*events, pay(20, on, 259_805)], on).settled_on == on


def test_a_payment_that_arrives_late_counts_from_its_value_date(terms, pay):
    due = terms.rows[0].due_date
    late = pay(2, due, 259_857, entered=due + timedelta(days=5))
    known = fold(terms, [], due + timedelta(days=5))
    told = fold(terms, [late], due + timedelta(days=5))

    assert known.overdue_interest_minor == 363
    assert (told.dpd, told.overdue_interest_minor) == (0, 0)
    movement = difference(known, told)
    assert movement.accrued_interest_minor == -363
    assert movement.received_minor == 259_857


@settings(max_examples=FEW, deadline=None)
@given(data=st.data())
def test_any_payments_at_any_time_keep_the_sums_and_end_settled_at_the_debt(make, data):
    principal = data.draw(st.integers(10_000, 20_000_000), label="principal")
    tenor = data.draw(st.sampled_from([3, 6, 12, 24]), label="tenor")
    rate, fee = data.draw(st.integers(0, 2400)), data.draw(st.integers(0, 99))
    terms = make(principal, rate, tenor, fee, late=min(rate * 3 // 2, 2400))
    total = sum(_total(row) for row in terms.rows)
    on, events, state = OPENED, [], fold(terms, [], OPENED)
    for seq in range(2, 10):
        on += timedelta(days=data.draw(st.integers(0, 70), label="days"))
        state = fold(terms, events, on)
        _holds(terms, state)
        if state.settled_on:
            break
        amount = data.draw(st.integers(1, state.limit_minor), label="amount")
        events.append(LoanEvent(seq, EventKind.REPAID, on, on, amount, seq))
        after = fold(terms, events, on)
        _holds(terms, after)
        assert after.surplus_minor == 0
        assert sum(part.amount_minor for part in after.parts[seq]) == amount
        moved = difference(state, after)
        assert moved.received_minor == amount
        assert after.payoff_minor <= state.payoff_minor

    if not state.settled_on and (rest := fold(terms, events, on).payoff_minor):
        events.append(LoanEvent(99, EventKind.REPAID, on, on, rest, 99))
    final = fold(terms, events, on)
    assert final.settled_on is not None
    assert sum(event.amount_minor for event in events) == (
        principal + final.paid_interest_minor + final.paid_overdue_minor + final.paid_fee_minor
    )
    assert final.paid_interest_minor + final.paid_fee_minor <= total - principal


def _holds(terms, state):
    repaid = sum(row.paid_principal_minor for row in state.rows)
    assert repaid + state.outstanding_minor == terms.principal_minor
    for row in state.rows:
        assert 0 <= row.paid_principal_minor <= row.principal_minor
        assert 0 <= row.paid_interest_minor <= row.interest_minor
        assert 0 <= row.paid_fee_minor <= row.fee_minor
    assert state.interest_minor >= 0
    assert state.fee_minor >= 0
    assert state.limit_minor >= state.payoff_minor


def _total(row):
    return row.principal_minor + row.interest_minor + row.fee_minor


@pytest.mark.parametrize(
    ("first", "last", "nights"),
    [(3, 6, 6), (1, 1, 9), (11, 20, 10), (10, 10, 9), (-5, 0, 10), (-5, 1, 9), (1, 10, 0)],
)
def test_a_pause_stops_overdue_interest_for_its_nights_whenever_it_is_entered(
    terms, first, last, nights
):
    due = terms.rows[0].due_date
    on = due + timedelta(days=10)
    pause = Pause(due + timedelta(days=first), due + timedelta(days=last))

    for entered in (due - timedelta(days=6), due, due + timedelta(days=5), on):
        paused = LoanEvent(2, EventKind.INTEREST_PAUSED, entered, entered, 0, None, pause)
        state = fold(terms, [paused], on)
        # A day of 2,418.57 yuan at 10.80 % over 360: 72.5571 fen.
        late = terms.rows[0].principal_minor
        assert state.overdue_interest_minor == divide_half_up(late * nights * 1080, 3_600_000)
    assert late == 241_857


def test_a_payment_on_the_first_day_of_a_pause_counts_alike_before_and_after_it(terms, pay):
    due = terms.rows[0].due_date
    days = [due + timedelta(days=nr) for nr in range(11)]
    pause = Pause(days[5], days[10])

    def overdue(pause_seq, payment_seq, entered):
        paused = LoanEvent(pause_seq, EventKind.INTEREST_PAUSED, entered, entered, 0, None, pause)
        events = sorted([paused, pay(payment_seq, days[5], 100_000)], key=lambda one: one.seq)
        return fold(terms, events, days[10]).earned_overdue_minor

    # The first four nights; the fifth, before the pause's first day, bears nothing.
    expected = divide_half_up(terms.rows[0].principal_minor * 4 * 1080, 3_600_000)
    assert overdue(2, 3, days[5]) == expected
    assert overdue(3, 2, days[5]) == expected
    assert overdue(2, 3, days[1]) == expected
    assert overdue(3, 2, days[8]) == expected


def test_two_pauses_that_overlap_stop_each_night_once(terms):
    due = terms.rows[0].due_date
    days = [due + timedelta(days=nr) for nr in range(11)]
    pauses = [
        LoanEvent(nr, EventKind.INTEREST_PAUSED, days[9], days[9], 0, None, Pause(*pair))
        for nr, pair in enumerate([(days[2], days[5]), (days[4], days[7]), (days[5], days[5])], 2)
    ]

    state = fold(terms, pauses, days[10])

    assert state.overdue_interest_minor == divide_half_up(241_857 * 4 * 1080, 3_600_000)
    assert state.rests == ((days[1], days[7]),)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (PaymentOrder.OLDEST_FIRST, [(1, "fee", 1_000), (1, "interest", 18_000),
                                     (1, "principal", 201_000)]),
        (PaymentOrder.INTEREST_FIRST, [(1, "fee", 1_000), (1, "interest", 18_000),
                                       (2, "fee", 1_000), (2, "interest", 16_549),
                                       (1, "principal", 183_451)]),
        (PaymentOrder.PRINCIPAL_FIRST, [(1, "principal", 220_000)]),
    ],
)  # fmt: skip
def test_a_payment_goes_by_the_order_that_was_signed_with_the_loan(make, pay, order, expected):
    terms = replace(make(fee=1_000), order=order)
    on = terms.rows[1].due_date

    state = fold(terms, [pay(2, on, 220_000)], on)

    parts = [(part.nr, part.component.value, part.amount_minor) for part in state.parts[2]]
    assert parts == expected


@pytest.mark.parametrize("order", PaymentOrder)
def test_the_order_of_payment_is_kept_with_the_terms_and_the_first_changes_no_hash(terms, order):
    ordered = replace(terms, order=order)

    assert FrozenTerms.from_json(ordered.to_json()) == ordered
    assert ("order" in ordered.to_json()) is (order is not PaymentOrder.OLDEST_FIRST)


def test_terms_of_an_unknown_order_or_version_are_refused(terms):
    said = json.loads(terms.to_json())

    with pytest.raises(ValueError, match="whoever_first"):
        FrozenTerms.from_json(json.dumps(said | {"version": 2, "order": "whoever_first"}))
    with pytest.raises(Broken):
        FrozenTerms.from_json(json.dumps(said | {"version": 3}))


def test_a_pause_of_a_loan_that_late_money_of_an_earlier_day_had_settled_changes_nothing(terms):
    due, late = terms.rows[0].due_date, terms.rows[0].due_date + timedelta(days=30)
    pause = Pause(due + timedelta(days=9), due + timedelta(days=40))
    paused = LoanEvent(2, EventKind.INTEREST_PAUSED, due + timedelta(days=8),
                       due + timedelta(days=8), 0, None, pause)  # fmt: skip
    debt = fold(terms, [], due).payoff_minor
    paid = LoanEvent(3, EventKind.REPAID, due, late, debt, 3)

    for day in (due, due + timedelta(days=8), late, late + timedelta(days=90)):
        state = fold(terms, [paused, paid], day)
        assert (state.settled_on, state.interest_minor, state.payoff_minor) == (due, 0, 0)
