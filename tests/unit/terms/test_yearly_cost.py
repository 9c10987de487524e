"""Published figures: Excel's RATE and XIRR help, a widely printed Chinese card rate.

The CNX cases are constructed (two other solvers agree to 1e-9).
"""

from datetime import date
from decimal import Decimal

import pytest

from tongtu.terms.api import BadFlows, Flow, ManyRoots, NoRoot, UnknownMethod, yearly_cost


def level(principal, instalment, months):
    return [Flow(0, principal), *(Flow(nr, -instalment) for nr in range(1, months + 1))]


@pytest.mark.parametrize(
    ("flows", "expected", "tolerance"),
    [
        (level(8_000, 200, 48), "9.24", "0.005"),  # XL-rate
        (level(1, Decimal("0.08933333333333333"), 12), "13.03", "0.005"),  # CN-card06
        (level(10_000, Decimal("888.49"), 12), "12.000452", "0.000001"),  # CNX-1
        (level(10_000, Decimal("938.49"), 12), "22.528667", "0.000001"),  # CNX-2
        ([Flow(0, -300), *level(10_000, Decimal("888.49"), 12)], "17.825375", "0.000001"),  # CNX-4
        (level(12_000, 1_072, 12), "13.034224", "0.000001"),  # CNX-7
    ],
)
def test_twelve_times_the_monthly_rate(flows, expected, tolerance):
    found = yearly_cost(flows, "irr_monthly_x12")

    assert abs(found - Decimal(expected)) <= Decimal(tolerance)


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        (level(10_000, Decimal("888.49"), 12), "12.683007"),  # CNX-1
        (level(10_000, Decimal("938.49"), 12), "25.006808"),  # CNX-2: the 24 % line flips
        ([Flow(0, -300), *level(10_000, Decimal("888.49"), 12)], "19.35628"),  # CNX-4
    ],
)
def test_the_monthly_rate_compounded(flows, expected):
    assert abs(yearly_cost(flows, "irr_compound") - Decimal(expected)) <= Decimal("0.000001")


def test_interest_first_and_principal_last_is_its_nominal_rate():  # CNX-6
    flows = [Flow(0, 10_000), *(Flow(n, -100) for n in range(1, 12)), Flow(12, -10_100)]

    assert yearly_cost(flows, "irr_monthly_x12") == Decimal("12.0000000000")


def test_dated_flows_of_the_excel_example():  # XL-xirr, the publisher's signs
    flows = [
        Flow(date(1992, 1, 1), -10_000),
        Flow(date(1992, 3, 1), 2_750),
        Flow(date(1992, 10, 30), 4_250),
        Flow(date(1993, 2, 15), 3_250),
        Flow(date(1993, 4, 1), 2_750),
    ]

    assert abs(yearly_cost(flows, "xirr_act365") - Decimal("37.3363")) <= Decimal("0.00005")


def test_splitting_a_fee_between_payees_changes_nothing():  # CNX-8
    whole = level(10_000, Decimal("923.49"), 12)
    split = [
        *level(10_000, Decimal("888.49"), 12),
        *(Flow(n, part) for n in range(1, 13) for part in (-20, -15)),
    ]

    assert yearly_cost(whole, "irr_monthly_x12") == yearly_cost(split, "irr_monthly_x12")


def test_the_same_fee_taken_earlier_never_costs_less():
    base = level(10_000, Decimal("888.49"), 12)
    costs = [
        yearly_cost([*base, Flow(month, -300)], "irr_monthly_x12") for month in range(12, -1, -1)
    ]

    assert costs == sorted(costs)
    assert costs[0] > yearly_cost(base, "irr_monthly_x12")


def test_flows_without_a_rate_or_with_two_are_refused_by_name():
    with pytest.raises(NoRoot):
        yearly_cost([Flow(0, 100), Flow(1, 100)], "irr_monthly_x12")
    with pytest.raises(NoRoot):
        yearly_cost([Flow(0, 0), Flow(1, 0)], "irr_monthly_x12")
    with pytest.raises(ManyRoots):  # 10 % and 20 % both solve it
        yearly_cost([Flow(0, 100), Flow(1, -230), Flow(2, 132)], "irr_compound")


def test_flows_a_method_cannot_read_are_refused():
    with pytest.raises(UnknownMethod):
        yearly_cost(level(100, 10, 12), "additive")
    with pytest.raises(BadFlows):
        yearly_cost([Flow(date(2026, 1, 1), 100), Flow(1, -101)], "irr_compound")
    with pytest.raises(BadFlows):
        yearly_cost(level(100, 10, 12), "xirr_act365")
    with pytest.raises(BadFlows):
        yearly_cost([Flow(0, 100)], "irr_compound")
