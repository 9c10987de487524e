"""Changes of a booked loan: late payments, undos, charges, waivers, early payments."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.kernel.errors import Refused
from tongtu.servicing.model import Component, EventKind, LoanEvent, LoanStatus
from tongtu.servicing.model.event import Charge, Early, Target
from tongtu.servicing.rules.admission import admit
from tongtu.servicing.rules.fold import fold

OPENED = date(2026, 11, 24)
# What the profile in force draws; HYPOTHESIS_PROFILE=wide draws 25 times as much.
FEW = settings.default.max_examples


def change(seq, kind, on, amount=1, details=None):
    return LoanEvent(seq, kind, on, on, amount, details=details)


def fee(seq, on, amount, due=None):
    return change(seq, EventKind.CHARGED, on, amount, Charge(Component.FEE, due or on))


def undo(seq, on, payment):
    return change(seq, EventKind.UNDONE, on, 1, Target(payment))


def test_a_payment_entered_late_gives_what_it_would_have_given_in_time(terms, pay):
    first, second = terms.rows[0].due_date, terms.rows[1].due_date
    asked = [row.principal_minor + row.interest_minor for row in terms.rows[:2]]
    in_time = [pay(2, first, asked[0]), pay(3, second, asked[1])]
    late = [pay(2, second, asked[1]), pay(3, first, asked[0], entered=second)]

    one, other = fold(terms, in_time, second), fold(terms, late, second)

    assert one.rows == other.rows
    assert one.earned_overdue_minor == other.earned_overdue_minor == 0


def test_undoing_the_payment_that_settled_a_loan_opens_it_and_accrual_goes_on(terms, pay):
    on = OPENED + timedelta(days=10)
    settled = [pay(2, on, fold(terms, [], on).payoff_minor)]
    assert fold(terms, settled, on).status is LoanStatus.SETTLED

    undone = [*settled, undo(3, on + timedelta(days=5), 2)]

    later = terms.rows[0].due_date
    assert fold(terms, undone, later) == fold(terms, [], later)
    assert fold(terms, undone, later).interest_minor == 18_000


def test_a_charge_is_asked_for_with_the_row_its_date_falls_in(terms):
    due = terms.rows[1].due_date - timedelta(days=3)

    state = fold(terms, [fee(2, OPENED, 700, due)], due)

    assert [row.fee_minor for row in state.rows] == [0, 700, *[0] * 10]
    assert state.fee_minor == 0
    assert fold(terms, [fee(2, OPENED, 700, due)], terms.rows[1].due_date).fee_minor == 700


def test_a_charge_after_the_last_instalment_is_one_more_row(terms):
    due = terms.rows[-1].due_date + timedelta(days=9)

    state = fold(terms, [fee(2, OPENED, 700, due)], OPENED)

    assert len(state.rows) == 13
    assert (state.rows[12].due_date, state.rows[12].total_minor) == (due, 700)


def test_a_waiver_takes_only_what_is_unpaid_of_its_charge(terms, pay):
    due = terms.rows[0].due_date
    events = [fee(2, OPENED, 700, due), pay(3, due, 300)]
    asked = change(4, EventKind.CHARGE_WAIVED, due, 0, Target(2))

    waiver = admit(terms, events, asked, due)

    assert waiver.amount_minor == 400
    after = fold(terms, [*events, waiver], due)
    assert (after.rows[0].fee_minor, after.paid_fee_minor, after.fee_minor) == (300, 300, 0)


def test_money_paid_ahead_ends_the_loan_sooner_or_lowers_every_instalment(terms, pay):
    on = terms.rows[0].due_date
    due = terms.rows[0].principal_minor + terms.rows[0].interest_minor
    ahead = pay(2, on, due + 500_000)
    planned = [row.principal_minor for row in terms.rows]

    shorter = fold(terms, [replace(ahead, details=Early(is_shortened=True))], on)
    lower = fold(terms, [replace(ahead, details=Early(is_shortened=False))], on)

    unpaid = [row.principal_minor - row.paid_principal_minor for row in shorter.rows]
    assert unpaid[:10] == [0, *planned[1:10]]
    assert unpaid[10:] == [planned[10] + planned[11] - 500_000, 0]
    assert shorter.rows[11].interest_minor == 0
    unpaid = [row.principal_minor - row.paid_principal_minor for row in lower.rows]
    assert sum(unpaid) == sum(planned[1:]) - 500_000
    share = 500_000 / sum(planned[1:])
    for asked, agreed in zip(unpaid[1:], planned[1:], strict=True):
        assert abs(asked - agreed * (1 - share)) < 2
    for row, agreed in zip(lower.rows[1:], terms.rows[1:], strict=True):
        assert abs(row.interest_minor - agreed.interest_minor * (1 - share)) <= 1


def refused(terms, events, event, today):
    before = fold(terms, events, today)
    with pytest.raises(Refused) as caught:
        admit(terms, events, event, today)
    assert fold(terms, events, today) == before
    return caught.value.code


def test_what_does_not_fit_is_refused(terms, pay):
    on = OPENED + timedelta(days=10)
    settled = [pay(2, on, fold(terms, [], on).payoff_minor)]
    late = terms.rows[0].due_date

    assert refused(terms, settled, fee(3, on, 5), on) == "loan_settled"
    assert (
        refused(terms, [], fee(2, on, 5, OPENED - timedelta(days=1)), on) == "before_disbursement"
    )
    assert refused(terms, [], fee(2, on, 10_000_001), on) == "charge_out_of_bounds"
    assert refused(terms, [], undo(2, on, 1), on) == "no_such_event"
    assert refused(terms, [pay(2, on, 5), undo(3, on, 2)], undo(4, on, 2), on) == "no_such_event"
    back = change(3, EventKind.BALANCE_REFUNDED, on, 1)
    assert refused(terms, settled, back, on) == "more_than_owed_back"
    paid_fee = [fee(2, OPENED, 700, late), pay(3, late, 700)]
    waiver = change(4, EventKind.CHARGE_WAIVED, late, 0, Target(2))
    assert refused(terms, paid_fee, waiver, late) == "nothing_to_waive"
    over = [*settled, pay(3, on, 90), change(4, EventKind.BALANCE_REFUNDED, on, 90)]
    assert refused(terms, over, undo(5, on, 3), on) == "refunded_already"


def test_money_given_back_stays_covered_on_the_day_it_went(terms, pay):
    """What came later is more than was given back, but was not there when that went."""
    on = OPENED + timedelta(days=10)
    whole = fold(terms, [], on).payoff_minor
    back = change(4, EventKind.BALANCE_REFUNDED, on, 90)
    later = on + timedelta(days=5)
    events = [pay(2, on, whole), pay(3, on, 90), back, pay(5, later, 2 * whole)]

    assert refused(terms, events, undo(6, later, 2), later) == "refunded_already"


@st.composite
def courses(draw):
    events = []
    for seq in range(2, draw(st.integers(2, 12))):
        on = OPENED + timedelta(days=draw(st.integers(0, 420)))
        kind = draw(st.sampled_from(["pay", "early", "fee", "undo", "waive", "refund"]))
        amount = draw(st.integers(1, 900_000))
        if kind == "pay":
            events.append(change(seq, EventKind.REPAID, on, amount))
        elif kind == "early":
            events.append(change(seq, EventKind.REPAID, on, amount, Early(draw(st.booleans()))))
        elif kind == "fee":
            events.append(fee(seq, on, amount % 9_000 + 1))
        elif kind == "refund":
            events.append(change(seq, EventKind.BALANCE_REFUNDED, on, amount % 900 + 1))
        else:
            target = Target(draw(st.integers(2, seq)))
            wanted = EventKind.UNDONE if kind == "undo" else EventKind.CHARGE_WAIVED
            events.append(change(seq, wanted, on, 1, target))
    return events


@settings(max_examples=2 * FEW, deadline=None)
@given(courses())
def test_whatever_is_admitted_conserves_money_and_pays_no_more_than_is_asked(terms, asked):
    events = []
    for event in asked:
        today = max(one.business_date for one in [*events, event])
        try:
            events.append(
                admit(terms, events, event, today) if event.kind is not EventKind.REPAID else event
            )
        except Refused:
            continue
    last = OPENED + timedelta(days=500)
    undone = {one.details.seq for one in events if one.kind is EventKind.UNDONE}
    came = sum(
        one.amount_minor for one in events if one.kind is EventKind.REPAID and one.seq not in undone
    )
    gone = sum(one.amount_minor for one in events if one.kind is EventKind.BALANCE_REFUNDED)

    state = fold(terms, events, last)

    paid = sum(row.paid_minor for row in state.rows) + state.paid_overdue_minor
    assert came == paid + state.surplus_minor + gone
    assert all(row.unpaid_minor >= 0 for row in state.rows)
    assert (state.interest_minor >= 0, state.fee_minor >= 0) == (True, True)
    repaid = sum(row.paid_principal_minor for row in state.rows)
    assert repaid + state.outstanding_minor == terms.principal_minor
