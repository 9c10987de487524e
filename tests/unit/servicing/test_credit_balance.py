"""Who pays the debt or more has settled it, and what is more goes back: nobody keeps it."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.servicing.model import EventKind, LoanEvent, LoanStatus
from tongtu.servicing.model.event import Early, Target
from tongtu.servicing.rules.admission import admit
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.payoff import payoff_quotes

from .test_booked_life import FEW, draw_life

OPENED = date(2026, 11, 24)


def test_one_fen_above_the_pay_off_settles_and_is_owed_back(make):
    terms = make(3_000_000, 1_480, 12, 0, late=2_220)
    on = OPENED + timedelta(days=3)
    payoff = fold(terms, [], on).payoff_minor
    paid = LoanEvent(2, EventKind.REPAID, on, on, payoff + 1, 2)

    state = fold(terms, [paid], on + timedelta(days=90))

    assert (state.status, state.settled_on) == (LoanStatus.SETTLED, on)
    assert (state.payoff_minor, state.surplus_minor, state.going_back_minor) == (0, 1, 1)
    assert sum(part.amount_minor for part in state.parts[2]) == payoff


@settings(max_examples=2 * FEW, deadline=None)
@given(st.data(), st.integers(0, 400_000), st.sampled_from([None, Early(True), Early(False)]))
def test_whoever_pays_the_debt_of_a_day_or_more_owes_nothing_and_is_owed_the_rest(
    make, data, more, early
):
    terms, events, today = draw_life(data, make)
    before = fold(terms, events, today)
    if before.settled_on is not None or before.written_off_on is not None:
        return
    amount, seq = max(before.payoff_minor, 1) + more, events[-1].seq + 1

    state = fold(
        terms, [*events, LoanEvent(seq, EventKind.REPAID, today, today, amount, seq, early)], today
    )

    assert (state.status, state.settled_on) == (LoanStatus.SETTLED, today)
    beyond = amount - before.payoff_minor
    assert state.going_back_minor == before.surplus_minor + beyond


@settings(max_examples=2 * FEW, deadline=None)
@given(st.data())
def test_after_anything_what_lies_beyond_a_debt_that_is_over_can_go_back_and_nothing_stays(
    make, data
):
    terms, events, today = draw_life(data, make)
    state = fold(terms, events, today)
    assert state.going_back_minor in (0, state.surplus_minor)
    assert state.settled_on is None or state.going_back_minor == state.surplus_minor
    if not state.going_back_minor:
        return
    seq, back = events[-1].seq + 1, state.going_back_minor
    asked = LoanEvent(seq, EventKind.BALANCE_REFUNDED, today, today, back, seq)

    given_back = admit(terms, events, asked, today)
    after = fold(terms, [*events, given_back], today + timedelta(days=1))

    assert (given_back.amount_minor, after.surplus_minor, after.status) == (back, 0, state.status)
    assert after.owed_minor == (0, 0, 0)


def test_interest_paid_of_days_to_come_pays_with_the_pay_off(make, pay):
    terms = make(3_000_000, 1_480, 12)
    first, on = terms.rows[0], terms.opened_on + timedelta(days=5)
    events = [pay(2, on, first.principal_minor + first.interest_minor)]
    state = fold(terms, events, on)
    # 370 yuan for 30 days, of which five are over: 308.33 go back on the way.
    assert (first.interest_minor, state.ahead_minor) == (37_000, 30_833)
    assert state.payoff_minor == state.outstanding_minor - 30_833

    settled = fold(terms, [*events, pay(3, on, state.payoff_minor)], on)

    assert (settled.settled_on, settled.paid_interest_minor, settled.surplus_minor) == (
        on,
        6_167,
        0,
    )
    parts = settled.parts[3]
    assert (parts[0].nr, parts[0].component, parts[0].amount_minor) == (1, "interest", -30_833)
    assert sum(part.amount_minor for part in parts) == state.payoff_minor
    short = fold(terms, [*events, pay(3, on, state.payoff_minor - 1)], on)
    assert (short.settled_on, short.payoff_minor) == (None, 1)


def test_a_quote_takes_off_what_was_paid_of_the_days_after_it_and_less_each_day(make, pay):
    terms = make(3_000_000, 1_480, 12)
    first, on = terms.rows[0], terms.opened_on + timedelta(days=5)
    events = [pay(2, on, first.principal_minor + first.interest_minor)]

    quotes = payoff_quotes(terms, events, on)

    assert [one.interest_minor for one in quotes[:3]] == [-30_833, -29_600, -28_367]
    for quote in quotes:
        paid = [*events, pay(3, quote.on, quote.total_minor)]
        assert fold(terms, paid, quote.on).settled_on == quote.on


def test_who_undoes_a_pay_off_has_the_interest_paid_ahead_on_the_loan_again(make, pay):
    terms = make(3_000_000, 1_480, 12)
    first, on = terms.rows[0], terms.opened_on + timedelta(days=5)
    events = [pay(2, on, first.principal_minor + first.interest_minor)]
    before = fold(terms, events, on)
    events.append(pay(3, on, before.payoff_minor))
    events.append(LoanEvent(4, EventKind.UNDONE, on, on, before.payoff_minor, 4, Target(3)))

    after = fold(terms, events, on)

    assert (after.rows, after.ahead_minor) == (before.rows, before.ahead_minor)
