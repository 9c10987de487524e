from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.kernel.errors import Broken, Refused
from tongtu.servicing.model import Component, EventKind, LoanEvent
from tongtu.servicing.model.details import details_of
from tongtu.servicing.model.event import (
    Charge,
    Early,
    GoodsBack,
    OverdueCap,
    Pause,
    Target,
    Withdrawal,
)
from tongtu.servicing.rules.admission import admit
from tongtu.servicing.rules.close import close, totals
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.snapshot import Column, Snapshots, is_current, pack
from tongtu.terms.api import Method, PaymentOrder

OPENED = date(2026, 11, 24)
# What the profile in force draws; HYPOTHESIS_PROFILE=wide draws 25 times as much.
FEW = settings.default.max_examples


def draw_loan(data, make):
    method = data.draw(st.sampled_from(Method))
    terms = make(data.draw(st.integers(50_000, 9_000_000)), 1480, 12, 500, late=2220, method=method)
    on, events = OPENED, []
    for seq in range(2, 2 + data.draw(st.integers(0, 5))):
        on += timedelta(days=data.draw(st.integers(0, 60)))
        limit = fold(terms, events, on).limit_minor
        if limit > 1:
            amount = data.draw(st.integers(1, limit - 1))
            events.append(LoanEvent(seq, EventKind.REPAID, on, on, amount, seq))
    return terms, events, on


def draw_changed_loan(data, make):
    """Draw a loan with payments, some entered late or ahead by choice, and changes between."""
    terms = make(data.draw(st.integers(50_000, 9_000_000)), 1480, 6, 500, late=2220)
    terms = replace(terms, order=data.draw(st.sampled_from(PaymentOrder)))
    today, events = OPENED, [LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 1, 1)]
    for _ in range(data.draw(st.integers(1, 7))):
        today += timedelta(days=data.draw(st.integers(0, 45)))
        event = draw_event(data, terms, events, today)
        if event is not None:
            events.append(event)
    return terms, events, today


def draw_event(data, terms, events, today):
    seq = events[-1].seq + 1
    kind = data.draw(
        st.sampled_from(
            [EventKind.REPAID, EventKind.REPAID, EventKind.CHARGED, EventKind.CHARGE_WAIVED,
             EventKind.UNDONE, EventKind.INTEREST_PAUSED, EventKind.WITHDRAWN,
             EventKind.OVERDUE_CAPPED]
        )
    )  # fmt: skip
    if kind is EventKind.REPAID:
        limit = fold(terms, events, today).limit_minor
        late = data.draw(st.sampled_from([0, 0, 3, 40]))
        on = max(OPENED, today - timedelta(days=late))
        details = data.draw(st.sampled_from([None, Early(True), Early(False)]))
        amount = data.draw(st.integers(1, limit)) if limit else 0
        return LoanEvent(seq, kind, on, today, amount, seq, details) if amount else None
    details = Target(data.draw(st.integers(2, seq)))
    if kind is EventKind.INTEREST_PAUSED:
        start = today + timedelta(days=data.draw(st.integers(-40, 40)))
        details = Pause(start, start + timedelta(days=data.draw(st.integers(0, 50))))
    if kind is EventKind.OVERDUE_CAPPED:
        since = today - timedelta(days=data.draw(st.integers(0, 60)))
        details = OverdueCap(data.draw(st.integers(0, 2_000)), since)
    if kind is EventKind.WITHDRAWN:
        details = Withdrawal(data.draw(st.booleans()), today + timedelta(days=30))
    if kind is EventKind.CHARGED:
        due = OPENED + timedelta(days=data.draw(st.integers(0, 260)))
        details = Charge(Component.FEE, due)
    try:
        return admit(terms, events, LoanEvent(seq, kind, today, today, 700, None, details), today)
    except Refused:
        return None


def check(loans, day):
    snapshots = Snapshots([pack(fold(terms, events, on)) for terms, events, on in loans])

    segments = snapshots.on(day.toordinal())
    closing = close(segments, day.toordinal())

    states = [fold(terms, events, day) for terms, events, _ in loans]
    assert segments[Column.PRINCIPAL].tolist() == [state.outstanding_minor for state in states]
    assert closing.interest.tolist() == [state.interest_minor for state in states]
    assert segments[Column.FEE].tolist() == [state.fee_minor for state in states]
    assert closing.dpd.tolist() == [state.dpd for state in states]
    assert (segments[Column.SINCE] <= day.toordinal()).all()
    assert (segments[Column.UNTIL] > day.toordinal()).all()


@settings(max_examples=FEW, deadline=None)
@given(data=st.data())
def test_closing_a_day_from_segments_equals_folding_every_log(make, data):
    loans = [draw_loan(data, make) for _ in range(data.draw(st.integers(1, 5)))]
    loans = [
        (terms, events, on)
        for terms, events, on in loans
        if fold(terms, events, on).settled_on is None
    ]
    last = max((on for *_, on in loans), default=OPENED)

    check(loans, last + timedelta(days=data.draw(st.integers(0, 400))))


@settings(max_examples=2 * FEW, deadline=None)
@given(data=st.data())
def test_closing_a_day_of_changed_loans_equals_folding_every_log(make, data):
    loans = [draw_changed_loan(data, make) for _ in range(data.draw(st.integers(1, 4)))]
    loans = [one for one in loans if fold(*one).settled_on is None]
    last = max((on for *_, on in loans), default=OPENED)

    check(loans, last + timedelta(days=data.draw(st.integers(0, 400))))


def test_every_day_of_a_late_loan_is_as_the_fold_has_it(make, pay):
    terms = make(3_000_000, 1480, 3, 700, late=2220)
    events = [pay(2, terms.rows[0].due_date + timedelta(days=3), 120_000)]
    for days in range(33, 200):
        check([(terms, events, events[0].value_date)], OPENED + timedelta(days=days))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_loan_that_owes_only_overdue_interest_closes_beside_its_neighbours(make, pay, place):
    terms = make(3_000_000, 1480, 1, late=2220)
    (row,) = terms.rows
    late = row.due_date + timedelta(days=30)
    rows_only = [pay(2, late, row.principal_minor + row.interest_minor)]
    loans = [(make(1_000_000 * (n + 1), 720, 12), [], late) for n in range(2)]
    loans.insert(place, (terms, rows_only, late))

    check(loans, late + timedelta(days=1))

    odd = fold(terms, rows_only, late + timedelta(days=1))
    assert (odd.status, odd.outstanding_minor, odd.interest_minor) == ("live", 0, 55_500)


def test_every_day_of_a_withdrawn_loan_that_nobody_pays_is_as_the_fold_has_it(make):
    terms, on = make(1_000_000, 1200, 12, late=1800), OPENED + timedelta(days=3)
    withdrawn = LoanEvent(
        2, EventKind.WITHDRAWN, on, on, 1, None, Withdrawal(True, on + timedelta(days=30))
    )

    for days in range(4, 90):
        check([(terms, [withdrawn], on)], OPENED + timedelta(days=days))


def test_every_day_of_a_late_loan_whose_rate_the_law_capped_is_as_the_fold_has_it(make):
    terms = make(3_000_000, 1480, 3, 700, late=2220)
    on = terms.rows[0].due_date + timedelta(days=10)
    since = on - timedelta(days=4)
    events = [LoanEvent(2, EventKind.OVERDUE_CAPPED, since, on, 1, None, OverdueCap(1_000, since))]
    late = terms.rows[0].principal_minor

    for days in (0, 1, 10, 40, 120):
        check([(terms, events, on)], on + timedelta(days=days))

    # The night before the law's first day is the first that bears the lower rate: five of twenty
    # were over.
    state = fold(terms, events, on + timedelta(days=10))
    run = late * (5 * 2_220 + 15 * 1_000)
    assert (state.overdue_rate_bps, state.overdue_interest_minor) == (
        1_000, (2 * run + 3_600_000) // 7_200_000,
    )  # fmt: skip


def test_a_cap_that_was_written_before_caps_had_a_first_day_counts_for_the_whole_life(make):
    terms = make(3_000_000, 1480, 3, 700, late=2220)
    on = terms.rows[0].due_date + timedelta(days=10)
    whole = details_of({"overdue_rate_bps": 1_000})
    events = [LoanEvent(2, EventKind.OVERDUE_CAPPED, on, on, 1, None, whole)]

    state = fold(terms, events, on)

    run = terms.rows[0].principal_minor * 10 * 1_000
    assert state.overdue_interest_minor == (2 * run + 3_600_000) // 7_200_000


def test_of_two_caps_each_holds_from_its_own_day_whatever_the_order_they_were_known_in(make, pay):
    terms = make(3_000_000, 1480, 3, 700, late=2220)
    due = terms.rows[0].due_date
    on, later = due + timedelta(days=12), due + timedelta(days=20)

    def cap(seq, since, rate_bps):
        details = OverdueCap(rate_bps, since)
        return LoanEvent(seq, EventKind.OVERDUE_CAPPED, since, later, 1, None, details)

    events = [cap(2, later, 600), cap(3, on, 1_000), pay(4, later + timedelta(days=2), 100_000)]

    for days in (2, 3, 30, 120):
        check([(terms, events, later)], later + timedelta(days=days))
    run = terms.rows[0].principal_minor * (11 * 2_220 + 8 * 1_000 + 3 * 600)
    state = fold(terms, events[:2], later + timedelta(days=2))
    assert state.overdue_interest_minor == (2 * run + 3_600_000) // 7_200_000


def test_goods_all_back_bear_nothing_when_an_earlier_repayment_is_taken_back(make, pay):
    terms, on = make(1_000_000, 1200, 12, late=1800), OPENED + timedelta(days=9)
    whole = GoodsBack(is_whole=True)
    back = LoanEvent(3, EventKind.MERCHANT_REFUNDED, on, on, 900_000, 3, whole)
    undo = LoanEvent(4, EventKind.UNDONE, on, on, 100_000, 4, Target(2))

    for days in range(9, 90):
        events = [pay(2, OPENED, 100_000), back, undo]
        check([(terms, events, on)], OPENED + timedelta(days=days))


def test_no_loans_close_to_nothing():
    segments = Snapshots([]).on(OPENED.toordinal())

    assert segments.shape == (len(Column), 0)
    assert close(segments, OPENED.toordinal()).interest.tolist() == []


@settings(max_examples=2 * FEW, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2**40), st.integers(1, 366), st.integers(0, 366)), max_size=9
    )
)
def test_growth_is_the_exact_share_rounded_half_up_for_every_amount(rows):
    day = 740_000
    segments = np.zeros((len(Column), len(rows)), dtype=np.int64)
    for place, (growth, period, days) in enumerate(rows):
        segments[Column.PERIOD_INTEREST, place] = growth
        segments[Column.PERIOD, place] = period
        segments[Column.SINCE, place] = day - min(days, period)

    interest = close(segments, day).interest.tolist()

    assert interest == [
        (2 * growth * min(days, period) + period) // (2 * period) for growth, period, days in rows
    ]


def test_an_interest_too_large_for_exact_quotients_is_refused(terms):
    numbers = np.frombuffer(pack(fold(terms, [], OPENED)), dtype="<i8").copy()
    numbers[6] = 1 << 47

    with pytest.raises(Broken, match="beyond all bounds"):
        Snapshots([numbers.tobytes()]).on(OPENED.toordinal())


def test_a_snapshot_of_another_layout_is_not_taken_for_one_of_this(terms):
    snapshot = pack(fold(terms, [], OPENED))

    assert is_current(snapshot)
    assert not is_current(b"\x01" + snapshot[1:])
    assert not is_current(snapshot[:96])


def test_sums_of_runs_are_exact_integers():
    values = np.array([2**53 + 1, 1, 5], dtype=np.int64)

    assert totals(np.array([0, 2]), values).tolist() == [2**53 + 2, 5]
    assert totals(np.array([], dtype=np.int64), values[:0]).tolist() == []


@pytest.mark.parametrize(("first", "days"), [(-10, 5), (4, 1), (10, 30), (20, 60), (90, 400)])
def test_every_day_of_a_late_loan_whose_interest_is_paused_is_as_the_fold_has_it(
    make, pay, first, days
):
    terms = make(3_000_000, 1480, 3, 700, late=2220)
    due = terms.rows[0].due_date
    pause = Pause(due + timedelta(days=first), due + timedelta(days=first + days - 1))
    today = due + timedelta(days=12)
    paused = LoanEvent(3, EventKind.INTEREST_PAUSED, today, today, 0, None, pause)
    events = [pay(2, due + timedelta(days=3), 120_000), paused]

    for day in range(200):
        check([(terms, events, today)], today + timedelta(days=day))
