"""What holds for every schedule, whatever its terms."""

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.terms.drawn import days, payouts, terms

from tongtu.terms.api import (
    Accrual,
    DayCount,
    Disbursement,
    LoanTerms,
    Method,
    Period,
    Rounding,
    Span,
    down_payment_minor,
    interest_minor,
    rate_factor,
    schedule,
)

ACTUAL = [DayCount.ACT_360, DayCount.ACT_364, DayCount.ACT_365F]


def of(method, day_count, rate, start, **more):
    return LoanTerms(1_000_000, rate, 12, start, method, day_count, **more)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_principal_sums_to_what_was_paid_out_and_no_cell_is_negative(data):
    made = data.draw(terms())
    paid_out = data.draw(payouts(made))

    found = schedule(made, paid_out)

    assert found.principal_minor == sum(one.amount_minor for one in paid_out)
    assert found.rows[-1].outstanding_minor == 0
    assert [row.nr for row in found.rows] == list(range(1, len(found.rows) + 1))
    for row in found.rows:
        cells = (row.principal_minor, row.interest_minor, row.fee_minor, row.outstanding_minor)
        assert min(cells) >= 0
        assert row.total_minor == sum(cells[:3])


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_due_dates_rise_and_each_period_follows_on(data):
    made = data.draw(terms())

    rows = [row for row in schedule(made).rows if not row.is_down_payment]

    assert len(rows) == made.instalments
    assert rows[0].start == made.start
    for before, row in pairwise(rows):
        assert (row.start, row.days > 0) == (before.due_date, True)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_what_is_previewed_is_what_stored_terms_give(data):
    made = data.draw(terms())
    paid_out = data.draw(payouts(made))

    stored = LoanTerms.from_json(json.loads(json.dumps(made.to_json())))

    assert stored == made
    assert schedule(stored, paid_out) == schedule(made, paid_out)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_later_disbursement_leaves_the_instalments_before_it_alone(data):
    made = data.draw(terms(down_payment_percent=Decimal(0), method=Method.EQUAL_INSTALMENT))
    first = Disbursement(made.start, max(made.principal_minor // 2, 1))
    alone = schedule(made, [first])
    index = data.draw(st.integers(0, made.instalments - 1))
    day = alone.rows[index].start
    second = Disbursement(day, max(made.principal_minor - first.amount_minor, 1))
    if first.amount_minor + second.amount_minor > made.principal_minor:
        return

    both = schedule(made, [first, second])

    kept = [(row.due_date, row.principal_minor, row.interest_minor) for row in alone.rows[:index]]
    assert [
        (row.due_date, row.principal_minor, row.interest_minor) for row in both.rows[:index]
    ] == kept


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_disbursements_of_one_day_are_one_disbursement(data):
    made = data.draw(terms(down_payment_percent=Decimal(0)))
    part = data.draw(st.integers(0, made.principal_minor))
    parts = [Disbursement(made.start, one) for one in (part, made.principal_minor - part) if one]

    found = schedule(made, parts)

    assert [(row.principal_minor, row.interest_minor) for row in found.rows] == [
        (row.principal_minor, row.interest_minor) for row in schedule(made).rows
    ]


@settings(max_examples=50, deadline=None)
@given(
    first=days,
    length=st.integers(2, 400),
    cut=st.integers(1, 399),
    day_count=st.sampled_from([*ACTUAL, DayCount.ACT_ACT, DayCount.ACT_ACT_ISDA]),
    is_day_end=st.booleans(),
)
def test_a_period_split_anywhere_also_over_new_year_sums_to_the_whole(
    first, length, cut, day_count, is_day_end
):
    accrual = Accrual(is_day_end=is_day_end)
    made = of(Method.EQUAL_PRINCIPAL, day_count, Decimal("948.22"), first, accrual=accrual)
    middle, last = first + timedelta(min(cut, length - 1)), first + timedelta(length)
    period = Period(1, first, last)

    halves = rate_factor(made, period, first, middle) + rate_factor(made, period, middle, last)

    assert halves == rate_factor(made, period, first, last)


def test_a_day_over_new_year_bears_the_rate_of_the_year_that_the_terms_say():
    new_year = Period(1, date(2023, 12, 1), date(2024, 2, 1))
    night = Span(date(2023, 12, 31), date(2024, 1, 1), 365 * 366 * 100, 10_000)
    made = {
        is_day_end: of(
            Method.EQUAL_PRINCIPAL, DayCount.ACT_ACT, 10_000, new_year.start,
            accrual=Accrual(is_day_end=is_day_end),
        )
        for is_day_end in (True, False)
    }  # fmt: skip

    assert interest_minor(made[True], new_year, [night]) == 365 * 100
    assert interest_minor(made[False], new_year, [night]) == 366 * 100


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_down_payments_are_rows_of_their_own_and_bear_no_interest(data):
    made = data.draw(terms(down_payment_percent=Decimal(25), rounding=Rounding()))
    paid_out = data.draw(payouts(made))

    rows = [row for row in schedule(made, paid_out).rows if row.is_down_payment]

    expected = sorted((one.date, down_payment_minor(made, one)) for one in paid_out)
    assert sorted((row.due_date, row.total_minor) for row in rows) == [
        one for one in expected if one[1]
    ]
    assert sum(row.interest_minor for row in rows) == 0
