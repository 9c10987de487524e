"""A quote is a schedule without rows: the same integers, and figures that are exactly defined."""

import math
import random
from datetime import date
from itertools import product

import numpy as np
import pytest

from tongtu.terms.api import (
    BadTerms,
    LoanTerms,
    is_above,
    level_instalment,
    monthly_fee,
    quote,
    quote_batch,
    schedule,
    yearly_cost,
)
from tongtu.terms.rules.figures import of_flows, of_level
from tongtu.terms.rules.level import exact_level_instalment

NAMES = ("instalment", "last", "total", "cost", "irr12_ppm", "effective_ppm")


def loans(seed, count):
    draw = random.Random(seed)
    for _ in range(count):
        principal = draw.choice(
            [draw.randrange(1, 2_000), draw.randrange(1, 50_000_001), draw.randrange(1, 10**9)]
        )
        rate = draw.choice([0, 1, draw.randrange(300, 2_400), draw.randrange(0, 10_001)])
        fee = draw.choice([0, 0, min(principal, draw.randrange(0, 5_000))])
        yield principal, rate, draw.randrange(1, 85), fee


def batch_of(cases):
    found = quote_batch(*np.array(cases, np.int64).T)
    return list(zip(*(getattr(found, name).tolist() for name in NAMES), strict=True))


def one(case):
    found = quote(*case)
    return (
        found.instalment_minor,
        found.last_minor,
        found.total_minor,
        found.cost_minor,
        found.irr12_ppm,
        found.effective_ppm,
    )


@pytest.mark.parametrize("count", [2_500, pytest.param(100_000, marks=pytest.mark.slow)])
def test_thousands_of_quotes_equal_their_schedules_one_by_one_and_in_a_batch(count):
    cases = list(loans(20261124, count))

    for case, columns in zip(cases, batch_of(cases), strict=True):
        principal, rate, tenor, fee = case
        found = schedule(
            LoanTerms(principal, rate, tenor, date(2026, 1, 31), fees=monthly_fee(fee))
        )
        paid = [row.total_minor for row in found.rows]
        assert columns[:4] == (paid[0], paid[-1], sum(paid), sum(paid) - principal), case
        assert one(case) == columns, case
        ppm = columns[4]
        assert not is_above(principal, paid, ppm), case
        assert ppm == 0 or is_above(principal, paid, ppm - 1), case


def test_a_batch_of_any_size_gives_a_loan_the_same_figures():
    cases = list(loans(11, 40))
    whole = batch_of(cases)

    for size in (1, 12, 13, 27):
        assert batch_of(cases[:size]) == whole[:size]


def test_figures_agree_with_the_general_solvers():
    cases = [case for case in loans(7, 300) if case[2] > 1]

    for case, columns in zip(cases, batch_of(cases), strict=True):
        found = schedule(LoanTerms(*case[:3], date(2026, 1, 31), fees=monthly_fee(case[3])))
        paid = [row.total_minor for row in found.rows]
        assert of_flows(case[0], paid) == columns[4:], case
        for ppm, method in zip(columns[4:], ("irr_monthly_x12", "irr_compound"), strict=True):
            percent = float(yearly_cost(found.flows(), method))
            assert abs(ppm - percent * 10_000) <= 1.001 + percent * 1e-7, case


def test_the_float_instalment_equals_the_exact_one_on_every_common_rate_and_tenor():
    for rate, tenor in product(range(0, 2_401, 7), (1, 3, 6, 12, 24, 36, 60, 84)):
        principal = 50_000_000 - 12_345 * rate
        assert level_instalment(principal, rate, tenor) == exact_level_instalment(
            principal, rate, tenor
        )


@pytest.mark.parametrize(
    ("fee", "irr12_percent", "effective_percent"),
    [  # constructed cases CNX-1, -2, -3, -8, -9, -10: 10,000 at 12 % over 12 months plus a fee
        (0, 12.000452, 12.683007),
        (5_000, 22.528667, 25.006808),
        (6_200, 25.009885, 28.085558),
        (3_500, 19.402955, 21.224936),
        (5_700, 23.978103, 26.796956),
        (5_720, 24.019430, 26.848341),
    ],
)
def test_a_guarantee_fee_counts_into_both_figures(fee, irr12_percent, effective_percent):
    irr12_ppm, effective_ppm = of_level(1_000_000, 88_849 + fee, 88_849 + fee, 12)

    assert irr12_ppm == math.ceil(irr12_percent * 10_000)
    assert effective_ppm == math.ceil(effective_percent * 10_000)


def test_rounding_to_the_fen_lifts_a_nominal_24_percent_over_the_line():
    found = quote(50_000, 2400, 12)

    assert (found.instalment_minor, found.last_minor) == (4_728, 4_729)
    assert found.irr12_ppm == 240_040  # 24.0039… %, never shown as less
    assert is_above(50_000, [4_728] * 11 + [4_729], 240_000)


def test_a_figure_at_a_whole_ppm_is_that_ppm_and_a_hair_above_is_the_next():
    assert quote(100_000, 2400, 1).irr12_ppm == 240_000
    assert quote(1_000_000_000, 2400, 1, 1).irr12_ppm == 240_001


def test_a_free_loan_costs_nothing():
    assert one((120_000, 0, 12, 0)) == (10_000, 10_000, 120_000, 0, 0, 0)


def test_an_empty_batch_has_empty_columns():
    empty = np.zeros(0, np.int64)

    assert [len(getattr(quote_batch(empty, empty, empty, empty), name)) for name in NAMES] == [
        0
    ] * 6


@pytest.mark.parametrize(
    "case",
    [
        (0, 1200, 12, 0),
        (1_000_000_001, 1200, 12, 0),
        (100_000, -1, 12, 0),
        (100_000, 10_001, 12, 0),
        (100_000, 1200, 0, 0),
        (100_000, 1200, 85, 0),
        (100_000, 1200, 12, -1),
        (100_000, 1200, 12, 100_001),
    ],
)
def test_a_quote_beyond_its_bounds_is_refused_alone_and_in_a_batch(case):
    with pytest.raises(BadTerms):
        quote(*case)
    with pytest.raises(BadTerms):
        batch_of([(100_000, 1200, 12, 0), case])


@pytest.mark.parametrize("rate", [1200.5, 1200.0, True, np.int64(1200)])
def test_a_quote_takes_whole_numbers_alone(rate):
    with pytest.raises(BadTerms):
        quote(100_000, rate, 12)


@pytest.mark.parametrize("kind", [np.int32, np.float64])
def test_a_column_that_could_overflow_or_round_is_refused(kind):
    cases = np.array([(100_000, 1200, 12, 0)] * 20, kind).T

    with pytest.raises(BadTerms):
        quote_batch(*cases)
