"""Properties of the replay that hold for every course of events."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongtu.servicing.model.event import (
    Charge,
    Component,
    EventKind,
    LoanEvent,
    Pause,
    ReAge,
    Reschedule,
    Target,
)
from tongtu.servicing.model.policy import (
    COMPONENTS,
    ORDERS,
    PRINCIPAL,
    AllocationRule,
    AllocationTable,
    Engine,
    Future,
    Prepayment,
    ServicingTerms,
    Spread,
    Timing,
)
from tongtu.servicing.rules import entry, history, replay
from tongtu.terms.api import (
    Accrual,
    DayCount,
    Every,
    LastRule,
    LoanTerms,
    Method,
    Rounding,
    RoundingMode,
)

START = date(2024, 1, 31)
LAST = START + timedelta(days=400)
# What the profile in force draws: 25 times as much with HYPOTHESIS_PROFILE=wide.
FEW = settings.default.max_examples
ADVANCED = tuple((timing, component) for timing in Timing for component in COMPONENTS)
MONEY_IN = [
    EventKind.REPAID,
    EventKind.MERCHANT_REFUNDED,
    EventKind.PAYOUT_REFUNDED,
    EventKind.GOODWILL_CREDITED,
]


@st.composite
def terms(draw):
    progressive = draw(st.booleans())
    if progressive:
        rounding = Rounding(
            RoundingMode.HALF_EVEN, 12, draw(st.sampled_from([1, 100])), LastRule.EVENED_OUT
        )
        accrual = Accrual(is_day_end=True)
        rule = AllocationRule(
            "DEFAULT", ADVANCED, draw(st.sampled_from(Future)), draw(st.sampled_from(Spread))
        )
    else:
        rounding = Rounding(RoundingMode.HALF_EVEN, None, 100, LastRule.TAKES_ALL)
        accrual = Accrual(by_period=False, is_level_nominal=True)
        rule = ORDERS[draw(st.sampled_from(sorted(ORDERS)))]
    method = draw(st.sampled_from([Method.EQUAL_INSTALMENT, Method.FLAT, Method.EQUAL_PRINCIPAL]))
    down = draw(st.sampled_from([0, 25]))
    return ServicingTerms(
        plan=LoanTerms(
            100_000,
            draw(st.sampled_from([0, 700, 2400])),
            draw(st.integers(1, 8)),
            START,
            method,
            DayCount.ACT_ACT,
            every=Every(1),
            accrual=accrual,
            rounding=rounding,
            down_payment_percent=Decimal(down),
        ),
        allocation=AllocationTable(rule),
        engine=Engine.PROGRESSIVE if progressive else Engine.CUMULATIVE,
        is_down_payment_automatic=draw(st.booleans()),
        is_recalculated=draw(st.booleans()),
        prepayment=draw(st.sampled_from(Prepayment)),
        credit_order=draw(st.sampled_from([(), COMPONENTS])),
    )


@st.composite
def course(draw, money_only=False):
    """Return events in order of entry; days may lie before the last entry."""
    events = [LoanEvent(1, EventKind.DISBURSED, START, START, 60_000)]
    days = st.integers(0, 400).map(lambda n: START + timedelta(days=n))
    for seq in range(2, draw(st.integers(2, 14))):
        on, amount = draw(days), draw(st.integers(1, 40_000))
        kinds = MONEY_IN if money_only else [*MONEY_IN, *OTHERS]
        kind = draw(st.sampled_from(kinds))
        events.append(_event(draw, seq, kind, (on, amount), events))
    return events


OTHERS = [
    EventKind.DISBURSED,
    EventKind.CHARGED,
    EventKind.CHARGE_WAIVED,
    EventKind.CHARGED_BACK,
    EventKind.BALANCE_REFUNDED,
    EventKind.CASH_REFUNDED,
    EventKind.UNDONE,
    EventKind.RESCHEDULED,
    EventKind.RE_AGED,
    EventKind.RE_AMORTIZED,
    EventKind.INTEREST_PAUSED,
    EventKind.WRITTEN_OFF,
    EventKind.PAID_OFF,
    EventKind.DAY_CLOSED,
]


def _event(draw, seq, kind, said, before):
    on, amount = said
    details = None
    if kind is EventKind.CHARGED:
        component = draw(st.sampled_from([Component.FEE, Component.PENALTY]))
        details = Charge(component, on if draw(st.booleans()) else None)
    elif kind in (EventKind.CHARGE_WAIVED, EventKind.CHARGED_BACK, EventKind.UNDONE):
        fitting = [one.seq for one in before if _fits(kind, one)]
        if not fitting:
            return LoanEvent(seq, EventKind.REPAID, on, LAST, amount)
        details = Target(draw(st.sampled_from(fitting)))
    elif kind is EventKind.RESCHEDULED:
        details = draw(
            st.sampled_from(
                [
                    Reschedule(on, grace_principal=1),
                    Reschedule(on, extra_terms=2),
                    Reschedule(on, rate_bps=Decimal(400)),
                    Reschedule(on, due_date=on + timedelta(days=45)),
                ]
            )
        )
    elif kind is EventKind.RE_AGED:
        details = ReAge(on + timedelta(days=draw(st.integers(1, 30))), Every(1), 3)
    elif kind is EventKind.INTEREST_PAUSED:
        details = Pause(on, on + timedelta(days=10))
    return LoanEvent(seq, kind, on, LAST, amount, details=details)


def _fits(kind, one):
    if kind is EventKind.CHARGE_WAIVED:
        return one.kind is EventKind.CHARGED
    if kind is EventKind.CHARGED_BACK:
        return one.kind in MONEY_IN
    return one.seq > 1 and one.kind is not EventKind.UNDONE


def figures(life):
    return (life.rows, life.overpaid_minor, life.received_minor, life.refunded_minor, life.parts)


def recalculated(prepayment, instalments, rate=700):
    """Return terms under which payments move interest, in the order that pays principal ahead."""
    return ServicingTerms(
        plan=LoanTerms(
            100_000,
            rate,
            instalments,
            START,
            Method.EQUAL_INSTALMENT,
            DayCount.ACT_ACT,
            every=Every(1),
            accrual=Accrual(by_period=False, is_level_nominal=True),
            rounding=Rounding(RoundingMode.HALF_EVEN, None, 100, LastRule.TAKES_ALL),
        ),
        allocation=AllocationTable(
            ORDERS["DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST"]
        ),
        engine=Engine.CUMULATIVE,
        is_recalculated=True,
        prepayment=prepayment,
    )


def happened(*said):
    """Return events of (kind, days after the start, amount, details), entered on the last day."""
    events = [LoanEvent(1, EventKind.DISBURSED, START, START, 60_000)]
    for seq, (kind, days, amount, details) in enumerate(said, start=2):
        on = START + timedelta(days=days)
        events.append(LoanEvent(seq, kind, on, LAST, amount, details=details))
    return events


# Counter-examples once found, kept: (1) money ahead on a re-aged row was asked for a second time;
# (2) rows that a shortened loan had let go were still counted as final; (3) a row took back, again
# and again, the fen that a later payout had set free on it.
RE_AGED_AND_SHORTENED = happened(
    (EventKind.RE_AGED, 0, 1, ReAge(date(2024, 2, 1), Every(1), 3)),
    *[(EventKind.REPAID, 0, 1, None)] * 9,
    (EventKind.REPAID, 0, 19_992, None),
)
SHORTENED_AND_CHARGED = happened(
    (EventKind.CHARGED, 327, 25_095, Charge(Component.FEE, START + timedelta(days=327))),
    (EventKind.REPAID, 174, 40_000, None),
    (EventKind.REPAID, 69, 10_227, None),
    (EventKind.REPAID, 61, 972, None),
    (EventKind.PAID_OFF, 147, 267, None),
    (EventKind.REPAID, 197, 29_708, None),
    (EventKind.DISBURSED, 147, 5_328, None),
    (EventKind.CHARGED_BACK, 165, 326, Target(3)),
    (EventKind.DISBURSED, 372, 1_247, None),
    (EventKind.RESCHEDULED, 273, 90, Reschedule(START + timedelta(days=273), extra_terms=2)),
    (EventKind.PAID_OFF, 52, 2_371, None),
)
FREED_ON_THE_ROW_IT_CAME_FROM = happened(
    *[(EventKind.REPAID, 0, 1, None)] * 6,
    (EventKind.REPAID, 0, 9_917, None),
    (EventKind.DISBURSED, 0, 1, None),
)


@settings(max_examples=3 * FEW, deadline=None)
@given(terms(), course())
@example(recalculated(Prepayment.SHORTEN, 1), RE_AGED_AND_SHORTENED)
@example(recalculated(Prepayment.SHORTEN, 7), SHORTENED_AND_CHARGED)
@example(recalculated(Prepayment.ADJUST_LAST, 6), FREED_ON_THE_ROW_IT_CAME_FROM)
def test_money_is_conserved_whatever_happens(agreed, events):
    life = replay.replay(agreed, events, LAST)

    paid = sum(sum(row.paid) for row in life.rows)
    assert life.received_minor == paid + life.overpaid_minor + life.refunded_minor
    disbursed = sum(amount for _, amount in life.disbursed)
    assert sum(row.owed[PRINCIPAL] for row in life.rows) == disbursed + life.credited_minor


@settings(max_examples=3 * FEW, deadline=None)
@given(terms(), course())
def test_nothing_is_paid_beyond_what_is_owed(agreed, events):
    life = replay.replay(agreed, events, LAST)

    for row in life.rows:
        assert all(row.open(slot) >= 0 for slot in range(4)), row
        assert all(amount >= 0 for amount in (*row.owed, *row.paid, *row.let_off)), row
    assert life.overpaid_minor >= 0


@settings(max_examples=2 * FEW, deadline=None)
@given(terms(), course(money_only=True), st.randoms())
def test_an_event_entered_late_gives_what_it_would_have_given_in_time(agreed, events, random):
    by_day = list({event.value_date: event for event in events}.values())
    in_time = [replace(event, seq=nr) for nr, event in enumerate(sorted(by_day, key=_day), 1)]
    random.shuffle(by_day)
    late = [replace(event, seq=nr) for nr, event in enumerate(by_day, 1)]

    one, other = replay.replay(agreed, in_time, LAST), replay.replay(agreed, late, LAST)

    assert (one.rows, one.overpaid_minor) == (other.rows, other.overpaid_minor)
    assert sorted(one.parts.values(), key=str) == sorted(other.parts.values(), key=str)


def _day(event):
    return event.value_date


@settings(max_examples=FEW, deadline=None)
@given(terms(), course(), st.integers(1, 5))
def test_a_replay_from_a_kept_life_is_the_replay_from_the_start(agreed, events, every):
    history.KEPT_EVERY, before = every, history.KEPT_EVERY
    try:
        book = history.History(agreed)
        for event in events:
            book = book.enter(event)
        found = book.life(LAST)
    finally:
        history.KEPT_EVERY = before

    assert figures(found) == figures(replay.replay(agreed, events, LAST))


@settings(max_examples=FEW, deadline=None)
@given(terms(), course(money_only=True))
def test_an_explanation_names_every_cent_of_a_payment(agreed, events):
    life = replay.replay(agreed, events, LAST)

    told = sum(part.amount_minor for parts in life.parts.values() for part in parts)
    assert told == sum(sum(row.paid) for row in life.rows)
    for event in events[1:]:
        parts = life.parts.get(event.seq, ())
        assert sum(part.amount_minor for part in parts) <= event.amount_minor
        assert all(part.amount_minor != 0 and part.rule for part in parts)


@settings(max_examples=FEW, deadline=None)
@given(terms(), course(money_only=True))
def test_the_preview_of_an_event_is_its_later_result(agreed, events):
    seen = entry.preview(agreed, events[:-1], events[-1])

    on = max(event.business_date for event in events)
    assert figures(seen) == figures(replay.replay(agreed, events, on))


@settings(max_examples=FEW, deadline=None)
@given(terms(), course(money_only=True), st.integers(0, 400))
def test_a_pay_off_leaves_nothing_owed(agreed, events, days):
    on = START + timedelta(days=days)
    events = [*[one for one in events if one.value_date <= on]]
    paid_off = LoanEvent(99, EventKind.PAID_OFF, on, on, 0)

    life = replay.replay(agreed, [*events, paid_off], on)

    assert life.unpaid_minor == 0
