"""Instalments and costs by column are those of the schedule and of the solver, to the unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.terms.api import (
    PRINCIPAL_MINOR_MAX,
    BadTerms,
    RoundingMode,
    exact_instalment,
    last_instalments,
    level_costs,
    level_instalments,
    quote,
)

MODES = (
    RoundingMode.HALF_UP, RoundingMode.HALF_EVEN, RoundingMode.CEILING, RoundingMode.FLOOR,
)  # fmt: skip
loans = st.lists(
    st.tuples(
        st.integers(1, PRINCIPAL_MINOR_MAX), st.integers(0, 1_000_000), st.integers(1, 360)
    ),
    min_size=1, max_size=20,
)  # fmt: skip


def column(*values):
    return np.array(values, np.int64)


@given(loans, st.sampled_from(MODES))
def test_a_column_of_instalments_is_that_of_integers_alone(drawn, mode):
    columns = (column(*one) for one in zip(*drawn, strict=True))

    assert level_instalments(*columns, mode).tolist() == [
        exact_instalment(*one, mode) for one in drawn
    ]


@given(st.integers(100_000, PRINCIPAL_MINOR_MAX), st.integers(0, 10_000), st.integers(1, 84))
def test_instalment_last_one_and_both_costs_are_those_of_a_quote(principal, bps, months):
    told = quote(principal, bps, months)
    three = column(principal), column(bps * 100), column(months)

    level = level_instalments(*three, RoundingMode.HALF_UP)
    last = last_instalments(*three, level)
    simple, compound = level_costs(three[0], level, last, three[2])

    assert (level[0], last[0]) == (told.instalment_minor, told.last_minor)
    assert (simple[0], compound[0]) == (told.irr12_ppm, told.effective_ppm)


def test_a_half_cent_goes_where_its_rounding_says():
    # 0.05 yuan over two months without interest is 2.5 fen a month.
    three = column(5), column(0), column(2)

    found = {mode: int(level_instalments(*three, mode)[0]) for mode in MODES}

    assert found == dict(zip(MODES, (3, 2, 3, 2), strict=True))


def test_less_paid_back_than_received_has_no_cost_and_the_same_has_none_either():
    simple, compound = level_costs(
        column(1000, 1000, 0), column(90, 100, 100), column(90, 100, 100), column(10, 10, 10)
    )

    assert simple.tolist() == compound.tolist() == [-1, 0, -1]


@pytest.mark.parametrize(
    "three",
    [(0, 1, 1), (PRINCIPAL_MINOR_MAX + 1, 1, 1), (1, -1, 1), (1, 1_000_001, 1), (1, 1, 361)],
)
def test_a_loan_beyond_its_bounds_is_refused(three):
    with pytest.raises(BadTerms):
        level_instalments(*map(column, three), RoundingMode.HALF_UP)


def test_an_instalment_below_the_interest_does_not_leave_int64():
    last = last_instalments(column(PRINCIPAL_MINOR_MAX), column(1_000_000), column(360), column(1))

    assert last[0] > PRINCIPAL_MINOR_MAX
