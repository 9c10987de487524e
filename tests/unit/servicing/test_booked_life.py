"""A booked loan through every change: one engine, books that follow, previews that come true."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.kernel.errors import Refused
from tongtu.servicing.model import Component, EventKind, LoanEvent, LoanStatus, Place
from tongtu.servicing.model.details import details_json, details_of
from tongtu.servicing.model.event import (
    Charge,
    Early,
    Pause,
    ReAge,
    Reschedule,
    Target,
)
from tongtu.servicing.rules.admission import admit, money_of
from tongtu.servicing.rules.close import close
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.postings import difference
from tongtu.servicing.rules.snapshot import Column, Snapshots, pack
from tongtu.terms.api import Every

OPENED = date(2026, 11, 24)
FEW = settings.default.max_examples
# A loan given up is seldom changed after: payments and changes of its life come far more often.
OFTEN = (
    EventKind.CHARGED,
    EventKind.CHARGE_WAIVED,
    EventKind.UNDONE,
    EventKind.CHARGED_BACK,
    EventKind.CASH_REFUNDED,
    EventKind.BALANCE_REFUNDED,
    EventKind.RESCHEDULED,
    EventKind.RE_AGED,
    EventKind.RE_AMORTIZED,
    EventKind.INTEREST_PAUSED,
)
KINDS = (*OFTEN, *[EventKind.REPAID] * 6, *OFTEN, EventKind.CHARGED_OFF, EventKind.WRITTEN_OFF)
GIVE_BACK = (EventKind.UNDONE, EventKind.CHARGED_BACK, EventKind.CASH_REFUNDED)
NAMED = {
    EventKind.CHARGE_WAIVED: (EventKind.CHARGED,),
    EventKind.CHARGED_BACK: (EventKind.REPAID,),
    EventKind.UNDONE: tuple(kind for kind in EventKind if kind is not EventKind.UNDONE),
}


def draw_life(data, make):
    """Draw events in order of entry, each with the day it was entered; all are admitted."""
    terms = make(
        data.draw(st.integers(50_000, 9_000_000)),
        data.draw(st.sampled_from([0, 720, 1480])),
        data.draw(st.integers(1, 8)),
        data.draw(st.sampled_from([0, 500])),
        late=2220,
    )
    today, events = OPENED, [LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 1, 1)]
    for _ in range(data.draw(st.integers(3, 9))):
        today += timedelta(days=data.draw(st.integers(0, 45)))
        event = draw_event(data, terms, events, today)
        if event is not None:
            events.append(event)
    return terms, events, today


def draw_event(data, terms, events, today):
    seq, state = events[-1].seq + 1, fold(terms, events, today)
    kind = data.draw(st.sampled_from(KINDS))
    amount = data.draw(st.integers(1, 60_000))
    if kind is EventKind.REPAID:
        late = 0 if state.place is not Place.BOOKS else data.draw(st.sampled_from([0, 0, 3, 40]))
        on = max(OPENED, state.settled_on or OPENED, today - timedelta(days=late))
        lost = state.place is Place.WRITTEN_OFF
        details = None if lost else data.draw(st.sampled_from([None, Early(True), Early(False)]))
        paid = EventKind.RECOVERED if lost else kind
        amount = data.draw(st.sampled_from([amount, max(state.payoff_minor, 1)]))
        return LoanEvent(seq, paid, on, today, amount, seq, details)
    named = [one.seq for one in events[1:] if one.kind in NAMED.get(kind, ())]
    if kind in NAMED and not named:
        return None
    details = draw_details(data, kind, named, today)
    asked = LoanEvent(seq, kind, today, today, amount, seq, details)
    try:
        return admit(terms, events, asked, today)
    except Refused as refused:
        # Only what gives money back can fail to fit; a change of plan always does, or is at fault.
        assert refused.code != "does_not_fit" or kind in GIVE_BACK, asked
        return None


def draw_details(data, kind, named, today):
    soon = today + timedelta(days=data.draw(st.integers(0, 70)))
    if kind is EventKind.CHARGED:
        return Charge(data.draw(st.sampled_from([Component.FEE, Component.PENALTY])), soon)
    if named:
        return Target(data.draw(st.sampled_from(named)))
    if kind is EventKind.RESCHEDULED:
        return data.draw(
            st.sampled_from(
                [
                    Reschedule(soon, grace_principal=2),
                    Reschedule(soon, grace_interest=1),
                    Reschedule(soon, extra_terms=3),
                    Reschedule(soon, rate_bps=Decimal(300)),
                    Reschedule(soon, due_date=soon + timedelta(days=20)),
                    Reschedule(soon, grace_principal=1, extra_terms=2, rate_bps=Decimal(0)),
                ]
            )
        )
    if kind is EventKind.RE_AGED:
        return ReAge(soon + timedelta(days=1), Every(1), data.draw(st.integers(1, 6)))
    if kind is EventKind.INTEREST_PAUSED:
        return Pause(soon, soon + timedelta(days=data.draw(st.integers(0, 40))))
    return None


@settings(max_examples=3 * FEW, deadline=None)
@given(st.data())
def test_what_moves_is_what_is_owed_whatever_happens(make, data):
    hold_books_to(*draw_life(data, make))


def test_a_loan_aged_anew_twice_on_a_day_owes_what_it_owed(make):
    terms = make(785_586, 0, 1, 0, late=2220)
    events = [LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 1, 1)]
    today, anew = date(2027, 2, 22), ReAge(date(2027, 2, 23), Every(1), 1)
    events.append(LoanEvent(2, EventKind.REPAID, date(2027, 1, 29), date(2027, 1, 29), 34, 2))
    for seq, kind, details in (
        (3, EventKind.CHARGED_BACK, Target(2)),
        (4, EventKind.RE_AGED, anew),
        (5, EventKind.RE_AGED, anew),
    ):
        asked = LoanEvent(seq, kind, today, today, 1, seq, details)
        events.append(admit(terms, events, asked, today))

    hold_books_to(terms, events, today)
    asked_for = [(row.due_date, row.unpaid_minor) for row in fold(terms, events, today).rows]
    assert asked_for[-1] == (date(2027, 2, 23), 785_586 - 34 + 1)
    assert sum(unpaid for _, unpaid in asked_for) == 785_586 - 34 + 1


def given_up(terms, events, kind, today):
    """Return the loan after it was charged off or written off, by the event that is booked."""
    seq = events[-1].seq + 1
    return admit(terms, events, LoanEvent(seq, kind, today, today, 1, seq), today)


def test_interest_paid_of_days_to_come_lowers_the_loss_of_a_write_off(make):
    terms = make(1_200_000, 1480, 12, 0, late=2220)
    due, today = terms.rows[0].due_date, OPENED + timedelta(days=10)
    first = terms.rows[0].principal_minor + terms.rows[0].interest_minor
    events = [
        LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 1_200_000, 1),
        LoanEvent(2, EventKind.REPAID, today, today, first, 2),
    ]
    before = fold(terms, events, today)

    lost = fold(terms, [*events, given_up(terms, events, EventKind.WRITTEN_OFF, today)], due)
    booked_before = LoanEvent(3, EventKind.WRITTEN_OFF, today, today, before.payoff_minor, 3)
    then = fold(terms, [*events, booked_before], due)

    # 30 days of interest were paid, 10 had passed: 20 days of it pay principal.
    assert (terms.rows[0].interest_minor, before.ahead_minor) == (14_800, 9_867)
    assert lost.lost_minor == (before.outstanding_minor - 9_867, 0, 0)
    assert lost.paid_interest_minor == lost.earned_interest_minor == 14_800 - 9_867
    # A loss that was booked before stays what was booked.
    assert then.lost_minor == (before.outstanding_minor, 0, 0)


@settings(max_examples=FEW, deadline=None)
@given(st.data(), st.sampled_from([EventKind.CHARGED_OFF, EventKind.WRITTEN_OFF]))
def test_a_loan_given_up_is_owed_for_what_would_have_settled_it(make, data, kind):
    terms, events, today = draw_life(data, make)
    before = fold(terms, events, today)
    if before.status is not LoanStatus.LIVE or before.payoff_minor == 0:
        return

    events.append(given_up(terms, events, kind, today))
    hold_books_to(terms, events, today)

    after = fold(terms, events, today + timedelta(days=data.draw(st.integers(0, 400))))
    assert sum(after.owed_minor) == before.payoff_minor


def partly_ahead(make):
    """Return a loan whose next instalment is partly paid, its interest whole: to 10 January."""
    terms, today = make(1_200_000, 1480, 12, 0, late=2220), date(2027, 1, 10)
    first = terms.rows[0]
    whole = first.principal_minor + first.interest_minor
    events = [LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 1_200_000, 1)]
    events.append(LoanEvent(2, EventKind.REPAID, first.due_date, first.due_date, whole, 2))
    events.append(LoanEvent(3, EventKind.REPAID, today, today, 50_000, 3))
    return terms, events, today


def test_a_row_of_ten_days_asks_for_ten_days_of_a_month_and_nothing_paid_is_asked_for_again(make):
    terms, events, today = partly_ahead(make)
    before = fold(terms, events, today)
    asked = LoanEvent(
        4, EventKind.RE_AGED, today, today, 1, 4, ReAge(date(2027, 1, 20), Every(1), 6)
    )

    after = fold(terms, [*events, admit(terms, events, asked, today)], today)
    as_before = fold(terms, [*events, asked], today)

    month = before.outstanding_minor * 1480 / 120_000
    assert after.rows[2].interest_minor == round(month * 10 / 31) == 4_258
    assert (before.ahead_minor, after.payoff_minor) == (6_164, before.payoff_minor)
    # One that was booked by the rules of before stays as it was.
    assert as_before.rows[2].interest_minor == round(month) == 13_200
    assert as_before.payoff_minor == before.payoff_minor + 6_164


def test_a_loan_aged_anew_twice_still_owes_the_fees_that_were_due(make):
    terms = make(1_200_000, 1480, 3, 500, late=2220)
    events = [LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 1_200_000, 1)]
    for seq, today in ((2, date(2026, 12, 30)), (3, date(2027, 1, 10))):
        before = fold(terms, events, today)
        anew = ReAge(today + timedelta(days=40), Every(1), 3)
        asked = LoanEvent(seq, EventKind.RE_AGED, today, today, 1, seq, anew)

        events.append(admit(terms, events, asked, today))

        after = fold(terms, events, today)
        assert (before.fee_minor, after.fee_minor) == (500, 500)
        assert after.payoff_minor == before.payoff_minor


def test_a_row_that_is_moved_asks_for_the_days_it_was_given(make):
    terms, events, today = partly_ahead(make)
    moved = Reschedule(today, due_date=date(2027, 2, 13))
    asked = LoanEvent(4, EventKind.RESCHEDULED, today, today, 1, 4, moved)

    after = fold(terms, [*events[:2], admit(terms, events[:2], asked, today)], today)

    # From 24 December on: 51 days, of which 31 are its month.
    assert after.rows[1].interest_minor == round(1_106_603 * 1480 / 120_000 * 51 / 31)


def test_a_pause_of_the_day_a_loan_is_aged_anew_gives_back_no_interest_of_before(make):
    terms, events, today = partly_ahead(make)
    anew = ReAge(date(2027, 1, 20), Every(1), 6)
    paused = Pause(today, today + timedelta(days=5))
    for kind, details in ((EventKind.RE_AGED, anew), (EventKind.INTEREST_PAUSED, paused)):
        seq = events[-1].seq + 1
        events.append(
            admit(terms, events, LoanEvent(seq, kind, today, today, 1, seq, details), today)
        )

    state = fold(terms, events, today)

    assert state.payoff_minor == fold(terms, events[:3], today).payoff_minor
    assert state.rows[1].interest_minor == 7_484
    # Five of the ten nights of the new row are paused.
    assert state.rows[2].interest_minor == 2_129


@settings(max_examples=FEW, deadline=None)
@given(st.data())
def test_a_loan_that_is_aged_anew_is_settled_by_what_settled_it_before(make, data):
    terms, events, today = draw_life(data, make)
    kind, details = EventKind.RE_AGED, draw_details(data, EventKind.RE_AGED, [], today)
    before, seq = fold(terms, events, today), events[-1].seq + 1
    try:
        asked = LoanEvent(seq, kind, today, today, 1, seq, details)
        after = fold(terms, [*events, admit(terms, events, asked, today)], today)
    except Refused as refused:
        assert refused.code != "does_not_fit"
        return

    assert after.payoff_minor == before.payoff_minor


def hold_books_to(terms, events, today):
    """Assert that each event moves in the ledger what it moves of the loan, and no cent is lost."""
    entered = [events[0]]
    marked = OPENED - timedelta(days=1)
    for event in events[1:]:
        # The books are closed up to the day before each event; accruals in between are the close's.
        marked = max(marked, event.business_date - timedelta(days=1))
        before, after = fold(terms, entered, marked), fold(terms, [*entered, event], marked)
        moved = difference(before, after)

        assert moved.received_minor == money_of(entered, event)
        assert after.owed_minor == (
            before.owed_minor[0] - moved.paid_principal_minor,
            before.owed_minor[1] + moved.accrued_interest_minor - moved.paid_interest_minor,
            before.owed_minor[2] + moved.accrued_fee_minor - moved.paid_fee_minor,
        )
        assert min(after.owed_minor) >= 0
        entered.append(event)
    state = fold(terms, events, today)
    money = sum(money_of(events, one) for one in events[1:])
    assert state.surplus_minor >= 0
    principal = terms.principal_minor - state.owed_minor[0]
    assert money == principal + state.surplus_minor + (
        state.paid_interest_minor
        + state.paid_overdue_minor
        + state.recovered_minor[1]
        + state.paid_fee_minor
        + state.recovered_minor[2]
    )


@settings(max_examples=2 * FEW, deadline=None)
@given(st.data())
def test_no_row_asks_for_less_than_it_was_paid(make, data):
    terms, events, today = draw_life(data, make)

    state = fold(terms, events, today + timedelta(days=data.draw(st.integers(0, 400))))

    for row in state.rows:
        assert row.principal_minor >= row.paid_principal_minor >= 0, row
        assert row.interest_minor >= row.paid_interest_minor >= 0, row
        assert row.fee_minor >= row.paid_fee_minor >= 0, row
        assert row.due_date >= row.start
    assert [row.due_date for row in state.rows] == sorted(row.due_date for row in state.rows)


@settings(max_examples=2 * FEW, deadline=None)
@given(st.data(), st.integers(0, 500))
def test_the_day_end_sees_every_changed_loan_as_its_replay_does(make, data, days):
    terms, events, today = draw_life(data, make)
    day = today + timedelta(days=days)
    state = fold(terms, events, day)
    if state.status is not LoanStatus.LIVE:
        return

    segments = Snapshots([pack(fold(terms, events, today))]).on(day.toordinal())
    closing = close(segments, day.toordinal())

    found = (segments[Column.PRINCIPAL][0], closing.interest[0], segments[Column.FEE][0])
    assert found == state.owed_minor
    assert closing.dpd[0] == state.dpd


@settings(max_examples=FEW, deadline=None)
@given(st.data())
def test_an_event_is_stored_and_read_back_as_it_was(make, data):
    _, events, _ = draw_life(data, make)

    assert [details_of(details_json(one.details)) for one in events] == [
        one.details for one in events
    ]
