from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.servicing.model import EventKind, LoanEvent, bucket_of
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.snapshot import Book, pack, totals

OPENED = date(2026, 11, 24)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_closing_a_day_from_snapshots_equals_folding_every_log(make, data):
    loans = []
    for _ in range(data.draw(st.integers(1, 5))):
        terms = make(data.draw(st.integers(50_000, 9_000_000)), 1480, 12, 500, late=2220)
        on, events = OPENED, []
        for seq in range(2, 2 + data.draw(st.integers(0, 5))):
            on += timedelta(days=data.draw(st.integers(0, 60)))
            limit = fold(terms, events, on).limit_minor
            if limit > 1:
                amount = data.draw(st.integers(1, limit - 1))
                events.append(LoanEvent(seq, EventKind.REPAID, on, on, amount, seq))
        if fold(terms, events, on).settled_on is None:
            loans.append((terms, events, on))
    if not loans:
        return
    day = max(on for *_, on in loans) + timedelta(days=data.draw(st.integers(0, 200)))

    book = Book.load([pack(terms, fold(terms, events, on)) for terms, events, on in loans])
    closing = book.close(day)

    states = [fold(terms, events, day) for terms, events, _ in loans]
    assert closing.principal.tolist() == [state.outstanding_minor for state in states]
    assert closing.interest.tolist() == [state.interest_minor for state in states]
    assert closing.fee.tolist() == [state.fee_minor for state in states]
    assert closing.dpd.tolist() == [state.dpd for state in states]
    assert closing.overdue.tolist() == [state.overdue_minor for state in states]
    assert closing.buckets().tolist() == [bucket_of(state.dpd) for state in states]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_loan_that_owes_only_overdue_interest_closes_beside_its_neighbours(make, pay, place):
    terms = make(3_000_000, 1480, 1, late=2220)
    (row,) = terms.rows
    late = row.due_date + timedelta(days=30)
    rows_only = [pay(2, late, row.principal_minor + row.interest_minor)]
    loans = [(make(1_000_000 * (n + 1), 720, 12), []) for n in range(2)]
    loans.insert(place, (terms, rows_only))

    book = Book.load([pack(own, fold(own, events, late)) for own, events in loans])
    closing = book.close(late + timedelta(days=1))

    states = [fold(own, events, late + timedelta(days=1)) for own, events in loans]
    odd = states[place]
    assert (odd.status, odd.outstanding_minor, odd.interest_minor) == ("live", 0, 55_500)
    assert closing.interest.tolist() == [state.interest_minor for state in states]
    assert closing.fee.tolist() == [0, 0, 0]
    assert closing.dpd.tolist() == [state.dpd for state in states]
    assert closing.overdue.tolist() == [state.overdue_minor for state in states]


def test_a_loan_that_owes_only_overdue_interest_closes_alone(make, pay):
    terms = make(3_000_000, 1480, 1, late=2220)
    (row,) = terms.rows
    late = row.due_date + timedelta(days=30)
    state = fold(terms, [pay(2, late, row.principal_minor + row.interest_minor)], late)

    closing = Book.load([pack(terms, state)]).close(late)

    assert closing.interest.tolist() == [55_500]
    assert closing.overdue.tolist() == [55_500]


def test_no_loans_close_to_nothing():
    closing = Book.load([]).close(OPENED)

    assert closing.principal.tolist() == []
    assert closing.buckets().tolist() == []


def test_group_totals_are_exact_integers():
    values = np.array([2**53 + 1, 1, 5], dtype=np.int64)

    assert totals(np.array([0, 0, 1]), 2, values).tolist() == [2**53 + 2, 5]
