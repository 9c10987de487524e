"""Conventions worked out by hand: grace, balloon, several disbursements, leap rules, rounding."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tongtu.terms.api import (
    Accrual,
    BadTerms,
    DayCount,
    Disbursement,
    Every,
    Grace,
    LastRule,
    LeapRule,
    LoanTerms,
    Method,
    Rounding,
    RoundingMode,
    Unit,
    schedule,
)

START = date(2024, 1, 1)
PROGRESSIVE = Rounding(RoundingMode.HALF_EVEN, 12, 1, LastRule.EVENED_OUT)
TERMS = LoanTerms(120_000, 1200, 4, START)


def rows(terms, *paid_out):
    found = schedule(terms, [Disbursement(*one) for one in paid_out])
    return [(row.principal_minor, row.interest_minor) for row in found.rows]


def test_grace_on_principal_asks_for_interest_alone_first():
    terms = replace(TERMS, method=Method.EQUAL_PRINCIPAL, grace=Grace(principal=2))

    assert rows(terms) == [(0, 1_200), (0, 1_200), (60_000, 1_200), (60_000, 600)]


def test_interest_of_the_grace_on_interest_is_paid_in_the_first_period_after_it():
    terms = replace(TERMS, method=Method.EQUAL_PRINCIPAL, grace=Grace(interest=2))

    assert rows(terms) == [(30_000, 0), (30_000, 0), (30_000, 1_200 + 900 + 600), (30_000, 300)]


def test_interest_beyond_an_instalment_waits_for_the_next_and_none_is_lost():
    terms = replace(TERMS, instalments=6, rate_bps=9_000, grace=Grace(interest=4))

    found = rows(terms)

    assert [interest for _, interest in found[:4]] == [0] * 4
    assert found[4][0] == 0
    assert sum(principal for principal, _ in found) == 120_000
    # The balance of each period bears 7.5 % a month.
    balance, due = 120_000, 0
    for principal, _ in found:
        due += (balance * 75 + 500) // 1_000
        balance -= principal
    assert sum(interest for _, interest in found) == due


def test_a_balloon_waits_for_the_last_instalment():
    terms = replace(TERMS, method=Method.EQUAL_PRINCIPAL, balloon_minor=60_000)

    assert rows(terms) == [(15_000, 1_200), (15_000, 1_050), (15_000, 900), (75_000, 750)]


def test_a_balloon_of_all_is_interest_alone_until_the_end():
    assert rows(replace(TERMS, balloon_minor=120_000)) == rows(
        replace(TERMS, method=Method.INTEREST_ONLY)
    )


def test_a_balloon_beyond_what_is_paid_out_is_all_of_it():
    terms = replace(TERMS, rounding=PROGRESSIVE, balloon_minor=3_000)

    assert rows(terms, (START, 1_000)) == [(0, 10), (0, 10), (0, 10), (1_000, 10)]


def test_a_down_payment_rounded_up_to_a_multiple_stays_within_its_disbursement():
    terms = replace(
        TERMS, down_payment_percent=Decimal(25), rounding=Rounding(RoundingMode.UP, None, 1_000)
    )

    assert rows(terms, (START, 900))[0] == (900, 0)


def test_a_disbursement_within_a_period_bears_interest_for_its_own_days_where_terms_say_so():
    terms = replace(TERMS, method=Method.INTEREST_ONLY, rate_bps=3650, day_count=DayCount.ACT_365F)
    paid_out = ((START, 60_000), (date(2024, 1, 11), 60_000))

    # 10 days of 60,000 and 21 of 120,000 at .1 % a day; otherwise 31 days of 120,000.
    assert rows(terms, *paid_out)[0] == (0, 600 + 2_520)
    whole = replace(terms, accrual=Accrual(is_pro_rata=False))
    assert rows(whole, *paid_out)[0] == (0, 3_720)


def test_a_disbursement_on_a_due_date_bears_interest_from_the_next_period_on():
    terms = replace(TERMS, method=Method.EQUAL_PRINCIPAL)

    found = rows(terms, (START, 60_000), (date(2024, 2, 1), 60_000))

    assert found == [(15_000, 600), (35_000, 1_050), (35_000, 700), (35_000, 350)]


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2024, 5, 2)])
def test_a_disbursement_outside_the_loan_is_refused(day):
    with pytest.raises(BadTerms):
        schedule(TERMS, [Disbursement(day, 1)])


def test_more_than_the_principal_is_not_paid_out():
    with pytest.raises(BadTerms):
        schedule(TERMS, [Disbursement(START, 120_000), Disbursement(START, 1)])
    with pytest.raises(BadTerms):
        schedule(TERMS, [Disbursement(START, 0)])


@pytest.mark.parametrize(
    ("start", "leap", "interest"),
    [  # 31 and 29 days of 366,000 and of 365,000 a year
        (date(2024, 1, 1), LeapRule.FULL_YEAR, [31_000, 29_000]),
        (date(2024, 1, 1), LeapRule.FEB_29_PERIOD, [31_085, 29_000]),
        (date(2023, 1, 1), LeapRule.FEB_29_PERIOD, [31_085, 28_077]),
    ],
)
def test_a_leap_rule_says_which_days_are_one_of_366(start, leap, interest):
    terms = LoanTerms(
        36_600_000, 100, 2, start, Method.INTEREST_ONLY, DayCount.ACT_ACT,
        accrual=Accrual(leap=leap),
    )  # fmt: skip

    assert [row.interest_minor for row in schedule(terms).rows] == interest


@pytest.mark.parametrize(
    ("every", "day_count", "interest"),
    [
        (Every(1, Unit.WEEKS), DayCount.MONTHLY, 700),
        (Every(2, Unit.MONTHS), DayCount.MONTHLY, 6_000),
        (Every(10, Unit.DAYS), DayCount.MONTHLY, 1_000),
        (Every(1, Unit.YEARS), DayCount.MONTHLY, 36_000),
        (Every(1, Unit.SEMI_MONTHLY, (1, 16)), DayCount.MONTHLY, 1_500),
        (Every(2, Unit.MONTHS), DayCount.MONTHLY_365, 5_918),
        (Every(2, Unit.MONTHS), DayCount.ACT_364, 5_934),
    ],
)
def test_a_whole_period_is_counted_by_its_name_or_by_its_days(every, day_count, interest):
    terms = LoanTerms(360_000, 1000, 1, START, day_count=day_count, every=every)

    assert rows(terms) == [(360_000, interest)]


def test_a_month_is_a_twelfth_and_a_week_a_52nd_by_period():
    by_period = Accrual(by_period=True)
    monthly = LoanTerms(520_000, 1200, 1, START, day_count=DayCount.ACT_365F, accrual=by_period)

    assert rows(monthly) == [(520_000, 5_200)]
    assert rows(replace(monthly, every=Every(1, Unit.WEEKS))) == [(520_000, 1_200)]


@pytest.mark.parametrize(
    ("mode", "interest"),
    [
        (RoundingMode.HALF_UP, 13),
        (RoundingMode.HALF_EVEN, 12),
        (RoundingMode.HALF_DOWN, 12),
        (RoundingMode.UP, 13),
        (RoundingMode.CEILING, 13),
        (RoundingMode.DOWN, 12),
        (RoundingMode.FLOOR, 12),
    ],
)
@pytest.mark.parametrize("digits", [None, 12])
def test_a_half_is_rounded_as_the_terms_say(mode, interest, digits):
    terms = LoanTerms(1_250, 1200, 1, START, rounding=Rounding(mode, digits))

    assert rows(terms) == [(1_250, interest)]


def test_a_cumulative_instalment_takes_each_period_for_the_first():
    # The source's loan of 5,000 at 12 % from 1 November 2022 keeps instalments of 862, which is
    # the level of 30 days of 365 a period; a twelfth a month would give 863.
    terms = LoanTerms(
        500_000, 1200, 6, date(2022, 11, 1), day_count=DayCount.ACT_ACT,
        accrual=Accrual(is_level_nominal=True),
        rounding=Rounding(RoundingMode.HALF_EVEN, None, 100, LastRule.TAKES_ALL),
    )  # fmt: skip

    found = schedule(terms).rows

    assert [row.total_minor for row in found[:5]] == [86_200] * 5
    assert [row.interest_minor for row in found[:2]] == [4_932, 4_268]


def test_a_later_payout_of_a_cumulative_flat_loan_is_spread_over_the_whole_term():
    # fin-ev-165: three months without interest, 750 at once and 750 in the second month.
    terms = LoanTerms(
        150_000, 0, 3, date(2022, 1, 1), Method.FLAT,
        rounding=Rounding(RoundingMode.HALF_EVEN, None, 100, LastRule.TAKES_ALL),
    )  # fmt: skip

    found = rows(terms, (date(2022, 1, 1), 75_000), (date(2022, 2, 15), 75_000))

    assert found == [(25_000, 0), (50_000, 0), (75_000, 0)]


def test_a_rest_that_stands_out_is_spread_when_that_brings_it_nearer():
    # Both are named in published tests of the convention: 10.65 % is evened, 15.678 % is not.
    evened = LoanTerms(33_177, 1065, 5, START, rounding=PROGRESSIVE)
    left = LoanTerms(
        10_000, Decimal("1567.8"), 6, START, day_count=DayCount.ACT_365F, rounding=PROGRESSIVE
    )

    assert [row.total_minor for row in schedule(evened).rows] == [6_813] * 5
    assert [row.total_minor for row in schedule(left).rows] == [1_743] * 5 + [1_747]


def test_an_instalment_is_a_multiple_and_the_last_takes_the_rest():
    whole = replace(TERMS, rounding=Rounding(multiple_minor=100))

    assert [row.total_minor for row in schedule(whole).rows] == [30_800, 30_800, 30_800, 30_612]


@pytest.mark.parametrize(
    "wrong",
    [
        {"grace": Grace(principal=4)},
        {"grace": Grace(interest=-1)},
        {"balloon_minor": 120_001},
        {"method": Method.FLAT, "balloon_minor": 1},
        {"method": Method.FLAT, "grace": Grace(interest=1)},
        {"rounding": Rounding(last=LastRule.EVENED_OUT)},
        {"down_payment_percent": Decimal(100)},
        {"down_payment_percent": Decimal(-1)},
        {"rate_bps": Decimal("0.000000001")},
        {"rate_bps": Decimal("NaN")},
        {"rate_bps": Decimal("1e999999")},
        {"rate_bps": Decimal("1e-999999")},
        {"down_payment_percent": Decimal("1e-999999")},
        {"start": date(1899, 12, 31)},
    ],
)
def test_terms_that_contradict_each_other_are_refused(wrong):
    with pytest.raises(BadTerms):
        replace(TERMS, **wrong)
