"""A loan's statement over any days: what is owed at both ends, and what moved it between."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tongtu.servicing.model import EventKind, LoanEvent
from tongtu.servicing.model.event import Target, Withdrawal
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.statement import balances_over

OPENED = date(2026, 11, 24)


def life(terms, pay):
    """Return a loan paid late, entered later, taken back, and withdrawn from."""
    first = OPENED + timedelta(days=40)
    return [
        LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, terms.principal_minor, 1),
        pay(2, OPENED + timedelta(days=20), 500_000),
        pay(3, first, 100_000, first + timedelta(days=5)),
        LoanEvent(
            4, EventKind.UNDONE, first, first + timedelta(days=9), 100_000, 4, Target(3)
        ),
        LoanEvent(
            5, EventKind.WITHDRAWN, first + timedelta(days=12), first + timedelta(days=12), 1, None,
            Withdrawal(True, first + timedelta(days=42)),
        ),
        pay(6, first + timedelta(days=15), 2_700_000),
    ]  # fmt: skip


def test_a_statement_of_one_month_has_what_was_claimed_and_what_came_in(terms):
    events = [LoanEvent(1, EventKind.DISBURSED, OPENED, OPENED, 3_000_000, 1)]
    due = terms.rows[0].due_date

    whole = balances_over(terms, events, OPENED, due)
    later = balances_over(terms, events, due + timedelta(days=1), due + timedelta(days=1))

    assert (whole.opening_minor, whole.lent_minor, whole.received_minor) == (0, 3_000_000, 0)
    assert (whole.claimed_minor, whole.closing_minor) == (18_000, 3_018_000)
    assert (later.opening_minor, later.lent_minor) == (3_018_000, 0)


def test_what_became_known_later_leaves_a_days_statement_as_it_was(make, pay):
    terms = make(3_000_000, 1_480, 12, 500, late=2_220)
    events = life(terms, pay)
    day = OPENED + timedelta(days=42)

    # The third payment counts from the fortieth day and was entered on the forty-fifth.
    assert balances_over(terms, events, day, day) == balances_over(terms, events[:2], day, day)


@given(ends=st.lists(st.integers(0, 90), min_size=1, max_size=6))
def test_each_closing_balance_is_the_next_opening_and_all_days_add_up(make, pay, ends):
    terms = make(3_000_000, 1_480, 12, 500, late=2_220)
    events, start, parts = life(terms, pay), OPENED, []
    for days in sorted(set(ends)):
        end = OPENED + timedelta(days=days)
        parts.append(balances_over(terms, events, start, end))
        start = end + timedelta(days=1)

    whole = balances_over(terms, events, OPENED, start - timedelta(days=1))

    for before, after in pairwise(parts):
        assert before.closing_minor == after.opening_minor
    assert sum(one.claimed_minor for one in parts) == whole.claimed_minor
    assert sum(one.received_minor for one in parts) == whole.received_minor
    known = [one for one in events if one.business_date <= whole.closed_on]
    state = fold(terms, known, whole.closed_on)
    assert whole.closing_minor == sum(state.owed_minor) - state.surplus_minor
