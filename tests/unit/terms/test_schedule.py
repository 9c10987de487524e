"""Numbers: the derived schedule vectors (closed formulas, checked against two other libraries)."""

from datetime import date

import pytest

from tongtu.terms.api import (
    BadTerms,
    DayCount,
    LoanTerms,
    Method,
    due_date,
    level_instalment,
    monthly_fee,
    schedule,
)


def rows(terms, *numbers):
    chosen = [schedule(terms).rows[nr - 1] for nr in numbers]
    return [
        (r.due_date.isoformat(), r.principal_minor, r.interest_minor, r.total_minor) for r in chosen
    ]


def test_the_last_equal_instalment_takes_the_rest():  # derived-012
    terms = LoanTerms(500_000, 2390, 12, date(2025, 2, 28))

    assert rows(terms, 1, 2, 12) == [
        ("2025-03-28", 37_298, 9_958, 47_256),
        ("2025-04-28", 38_041, 9_215, 47_256),
        ("2026-02-28", 46_326, 923, 47_249),
    ]


def test_an_instalment_at_month_end_falls_on_the_last_day():  # derived-013
    terms = LoanTerms(100_000, 3600, 3, date(2024, 12, 31))

    assert rows(terms, 1, 2, 3) == [
        ("2025-01-31", 32_353, 3_000, 35_353),
        ("2025-02-28", 33_324, 2_029, 35_353),
        ("2025-03-31", 34_323, 1_030, 35_353),
    ]


def test_thirty_years_of_equal_instalments_end_at_nothing():  # derived-011
    found = schedule(LoanTerms(36_000_000, 420, 360, date(2024, 3, 1)))

    assert (found.rows[0].principal_minor, found.rows[0].interest_minor) == (50_046, 126_000)
    assert (found.rows[1].principal_minor, found.rows[1].interest_minor) == (50_221, 125_825)
    assert found.principal_minor == 36_000_000
    assert found.rows[-1].outstanding_minor == 0


@pytest.mark.parametrize(
    ("day_count", "first", "second"),
    [  # derived-001 .. derived-005
        (DayCount.ACT_360, 72_000, 68_200),
        (DayCount.ACT_365F, 71_014, 67_266),
        (DayCount.ACT_ACT_ISDA, 71_014, 67_094),
        (DayCount.BOND_30_360, 72_000, 66_000),
        (DayCount.EURO_30E_360, 72_000, 66_000),
    ],
)
def test_each_day_count_has_its_own_interest(day_count, first, second):
    terms = LoanTerms(
        12_000_000, 720, 12, date(2023, 11, 30), Method.EQUAL_PRINCIPAL, day_count=day_count
    )

    assert rows(terms, 1, 2) == [
        ("2023-12-30", 1_000_000, first, 1_000_000 + first),
        ("2024-01-30", 1_000_000, second, 1_000_000 + second),
    ]


def test_interest_only_pays_the_principal_last():  # derived-009
    terms = LoanTerms(
        5_000_000, 950, 6, date(2024, 1, 31), Method.INTEREST_ONLY, DayCount.BOND_30_360
    )

    assert rows(terms, 1, 2) == [
        ("2024-02-29", 0, 38_264, 38_264),
        ("2024-03-31", 0, 42_222, 42_222),
    ]
    assert schedule(terms).rows[-1].principal_minor == 5_000_000


def test_flat_interest_is_on_the_first_principal():  # derived-010
    terms = LoanTerms(600_000, 1200, 12, date(2024, 5, 15), Method.FLAT)

    assert rows(terms, 1, 12) == [
        ("2024-06-15", 50_000, 6_000, 56_000),
        ("2025-05-15", 50_000, 6_000, 56_000),
    ]


def test_a_loan_without_interest_is_split_to_the_fen():
    terms = LoanTerms(100_000, 0, 3, date(2026, 11, 24), fees=monthly_fee(250))

    assert rows(terms, 1, 2, 3) == [
        ("2026-12-24", 33_333, 0, 33_583),
        ("2027-01-24", 33_333, 0, 33_583),
        ("2027-02-24", 33_334, 0, 33_584),
    ]
    assert schedule(terms).cost_minor == 750


def test_a_principal_smaller_than_its_rounding_is_paid_off_early_and_never_twice():
    found = schedule(LoanTerms(50, 0, 84, date(2026, 1, 1)))

    assert [row.principal_minor for row in found.rows] == [1] * 50 + [0] * 34


def test_the_seed_day_is_kept_after_a_short_month():
    assert [due_date(date(2024, 1, 31), n) for n in (1, 2, 13)] == [
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2025, 2, 28),
    ]


def test_a_level_instalment_of_one_month_is_principal_and_interest():
    assert level_instalment(100_000, 1200, 1) == 101_000
    assert level_instalment(1_000_000, 1200, 12) == 88_849  # CNX-1


def test_terms_come_back_from_json_equal():
    terms = LoanTerms(500_000, 2390, 12, date(2025, 2, 28), fees=monthly_fee(1_200))

    assert LoanTerms.from_json(terms.to_json()) == terms


VERSION_1 = {
    "version": 1,
    "principal_minor": 500_000,
    "rate_bps": 2390,
    "tenor_months": 12,
    "start": "2025-02-28",
    "method": "equal_instalment",
    "day_count": "30/360",
    "fee_minor_monthly": 1_200,
}


def test_terms_stored_in_version_1_stay_readable():
    terms = LoanTerms.from_json(VERSION_1)

    assert terms == LoanTerms(500_000, 2390, 12, date(2025, 2, 28), fees=monthly_fee(1_200))
    assert [row.total_minor for row in schedule(terms).rows] == [48_456] * 11 + [48_449]


@pytest.mark.parametrize(
    "change",
    [
        {"tenor_months": 361},
        {"fee_minor_monthly": 500_001},
        {"day_count": "ACT/360"},
        {"instalments": 12},
    ],
)
def test_version_1_keeps_its_bounds(change):
    with pytest.raises(BadTerms):
        LoanTerms.from_json(VERSION_1 | change)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 3},
        {"version": 1},
        {"principal_minor": 0},
        {"principal_minor": True},
        {"principal_minor": "500000"},
        {"principal_minor": 1_000_000_001},
        {"rate_bps": -1},
        {"rate_bps": 10_001},
        {"instalments": 361},
        {"tenor_months": 12},
        {"start": "2025-02-30"},
        {"method": "balloon"},
        {"day_count": "ACT/361"},
    ],
)
def test_terms_outside_their_bounds_are_refused(change):
    good = LoanTerms(500_000, 2390, 12, date(2025, 2, 28)).to_json()

    with pytest.raises(BadTerms):
        LoanTerms.from_json(good | change)
    for name in good:
        with pytest.raises(BadTerms):
            LoanTerms.from_json({key: value for key, value in good.items() if key != name})
