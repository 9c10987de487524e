"""Day counts against QuantLib, instalments against numpy-financial: code that is not ours."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import numpy_financial as npf
import pytest
import QuantLib as ql  # noqa: N813 - the name its own examples use
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.terms.drawn import days

from tongtu.terms.api import DayCount, LoanTerms, Method, MonthEnd, due_date, part_of_year, schedule

ORACLES = {
    DayCount.ACT_360: ql.Actual360(),
    DayCount.ACT_364: ql.Actual364(),
    DayCount.ACT_365F: ql.Actual365Fixed(),
    DayCount.ACT_ACT_ISDA: ql.ActualActual(ql.ActualActual.ISDA),
    DayCount.BOND_30_360: ql.Thirty360(ql.Thirty360.BondBasis),
    DayCount.EURO_30E_360: ql.Thirty360(ql.Thirty360.European),
}


def theirs(day):
    return ql.Date(day.day, day.month, day.year)


@pytest.mark.parametrize("day_count", ORACLES)
@settings(max_examples=100, deadline=None)
@given(start=days, length=st.integers(0, 2_000))
def test_a_day_count_is_quantlibs(day_count, start, length):
    end = start + timedelta(length)

    numerator, denominator = part_of_year(day_count, start, end)

    expected = ORACLES[day_count].yearFraction(theirs(start), theirs(end))
    assert numerator / denominator == pytest.approx(expected, abs=1e-13)


@settings(max_examples=100, deadline=None)
@given(seed=days, months=st.integers(0, 400))
def test_a_due_date_is_quantlibs_advance_by_months(seed, months):
    moved = ql.NullCalendar().advance(theirs(seed), ql.Period(months, ql.Months))

    assert due_date(seed, months) == date(moved.year(), moved.month(), moved.dayOfMonth())


def test_a_missing_day_rolls_to_the_first_of_the_next_month_where_the_terms_say_so():
    assert [due_date(date(2025, 1, 31), nr, MonthEnd.ROLL) for nr in (1, 2, 3)] == [
        date(2025, 3, 1),
        date(2025, 3, 31),
        date(2025, 5, 1),
    ]


@settings(max_examples=100, deadline=None)
@given(
    principal=st.integers(10_000, 100_000_000),
    rate_bps=st.integers(1, 3_600),
    months=st.integers(1, 120),
    balloon=st.integers(0, 100),
)
def test_an_equal_instalment_is_numpy_financials_payment(principal, rate_bps, months, balloon):
    kept = principal * balloon // 100
    made = LoanTerms(principal, rate_bps, months, date(2026, 1, 15), balloon_minor=kept)

    expected = -npf.pmt(rate_bps / 120_000, months, principal, -kept)

    first = schedule(made).rows[0]
    if months > 1:
        assert abs(first.total_minor - expected) <= 0.5 + 1e-6
    else:
        assert abs(first.total_minor - kept - expected) <= 0.5 + 1e-6


@pytest.mark.parametrize("day_count", ORACLES)
@settings(max_examples=20, deadline=None)
@given(
    start=days,
    principal=st.integers(10_000, 100_000_000),
    rate_bps=st.integers(0, 3_600),
    method=st.sampled_from([Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY, Method.EQUAL_INSTALMENT]),
)
def test_the_interest_of_each_row_is_the_balance_times_quantlibs_fraction(
    day_count, start, principal, rate_bps, method
):
    made = LoanTerms(principal, rate_bps, 18, start, method, day_count)
    balance = principal

    for row in schedule(made).rows:
        fraction = ORACLES[day_count].yearFraction(theirs(row.start), theirs(row.due_date))
        exact = Decimal(balance) * rate_bps / 10_000 * Decimal(fraction)
        near_half = abs(exact % 1 - Decimal("0.5")) < Decimal("1e-4")
        rounded = int(exact.to_integral_value(ROUND_HALF_UP))
        assert row.interest_minor == rounded or (near_half and abs(row.interest_minor - exact) < 1)
        balance = row.outstanding_minor
