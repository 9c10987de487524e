"""Published yearly rates within their printed digit; the source of each stands in its file.

The cases of Regulation Z are met from their dates alone as well as from the stored unit periods.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.channels.cli.apr import answer
from tongtu.terms.api import Flow, due_date, yearly_cost

FILE = Path(__file__).parents[2] / "vectors" / "apr.json"
CASES = json.loads(FILE.read_text(), parse_float=Decimal)["cases"]
DATED = [case for case in CASES if "REGZ" in case["method"] and "date" in case["flows"][0]]
# The constructed Chinese cases are printed to six decimals.
SIX_DECIMALS = Decimal("0.000001")


def named(cases):
    return {"argvalues": cases, "ids": [case["id"] for case in cases]}


def monthly(first, count, step=1):
    return [due_date(first, nr * step) for nr in range(count)]


def test_no_case_is_missing():
    assert (len(CASES), len(DATED)) == (38, 5)


@pytest.mark.parametrize("case", **named(CASES))
def test_a_published_rate_is_met_within_its_tolerance(case):
    found = answer(case)

    if "annual_simple_percent" in case:
        for word in ("annual_simple_percent", "annual_compound_percent"):
            assert abs(Decimal(found[word]) - case[word]) <= SIX_DECIMALS
    else:
        gap = abs(Decimal(found["apr_percent"]) - Decimal(case["expected_apr_percent"]))
        assert gap <= case["assert_tolerance_percent"]


@pytest.mark.parametrize("case", **named(DATED))
def test_regulation_z_finds_the_unit_period_from_the_dates(case):
    bare = [{"date": flow["date"], "amount": flow["amount"]} for flow in case["flows"]]

    found = answer({"method": case["method"], "flows": bare})

    assert found["apr_percent"] == pytest.approx(answer(case)["apr_percent"], abs=1e-9)


HALF_MONTHS = sorted(chain(monthly(date(1978, 3, 1), 12), monthly(date(1978, 3, 16), 12)))


@pytest.mark.parametrize(
    ("advance", "payments", "amount", "percent"),
    [
        # Appendix J (c)(1)(i) to (iv).
        ((date(1978, 1, 10), 5_000), monthly(date(1978, 2, 10), 24), "230", "9.69"),
        ((date(1978, 2, 10), 6_000), monthly(date(1978, 4, 1), 36), "200", "11.82"),
        ((date(1978, 2, 23), 5_000), HALF_MONTHS, "219.17", "10.34"),
        ((date(1978, 5, 23), 10_000), monthly(date(1978, 10, 1), 40, 3), "385", "8.97"),
    ],
)
def test_the_regulation_s_own_examples_are_met_from_dates(advance, payments, amount, percent):
    day, principal = advance
    flows = [Flow(day, principal), *(Flow(paid, -Decimal(amount)) for paid in payments)]

    assert round(yearly_cost(flows, "us.regz_actuarial"), 2) == Decimal(percent)


def test_last_days_of_months_are_whole_months():  # (b)(3)
    def cost(seed):
        days = [due_date(seed, nr) for nr in range(25)]
        return yearly_cost(
            [Flow(days[0], 5_000), *(Flow(day, -230) for day in days[1:])], "us.regz_actuarial"
        )

    assert cost(date(2025, 1, 31)) == cost(date(2025, 1, 30)) == cost(date(2025, 1, 10))


def test_without_a_common_period_the_average_is_the_unit():  # (b)(4)(ii): 91 days, 13 weeks
    start = date(2026, 1, 1)
    times = (80, 180, 273)
    flows = [Flow(start, 900), *(Flow(start + timedelta(days), -320) for days in times)]

    rate = float(yearly_cost(flows, "us.regz_actuarial")) / 400

    counted = [divmod(days, 91) for days in times]
    worth = sum(-320 / ((1 + odd / 91 * rate) * (1 + rate) ** whole) for whole, odd in counted)
    assert 900 + worth == pytest.approx(0, abs=1e-6)


def test_the_union_counts_equal_months_back_from_the_later_date():  # Annex I of 2014/17/EU
    flows = [Flow(date(2023, 12, 28), 1_000), Flow(date(2024, 3, 2), -1_020)]

    found = yearly_cost(flows, "eu.aprc")

    # Two months back is 2 January 2024; five days more, of the 365 that end there.
    years = 2 / 12 + 5 / 365
    assert float(found) == pytest.approx(100 * (1.02 ** (1 / years) - 1), abs=1e-9)


AT = {
    "irr_monthly_x12": lambda month: month,
    "irr_compound": lambda month: month,
    "xirr_act365": lambda month: due_date(date(2026, 1, 31), month),
    "uk.365_25": lambda month: due_date(date(2026, 1, 31), month),
    "eu.aprc": lambda month: due_date(date(2026, 1, 31), month),
    "us.regz_actuarial": lambda month: due_date(date(2026, 1, 31), month),
}


@given(
    method=st.sampled_from(sorted(AT)),
    months=st.integers(2, 60),
    rate_bps=st.integers(1, 3_600),
    fee=st.integers(1, 50_000),
    when=st.data(),
)
def test_a_fee_never_lowers_the_cost_nor_does_taking_it_earlier_or_in_parts(
    method, months, rate_bps, fee, when
):
    principal, at = 1_000_000, AT[method]
    instalment = principal // months + principal * rate_bps // 120_000
    base = [Flow(at(0), principal), *(Flow(at(n), -instalment) for n in range(1, months + 1))]
    late = when.draw(st.integers(1, months))
    early = when.draw(st.integers(0, late - 1))
    part = when.draw(st.integers(0, fee))

    def cost(*fees):
        return yearly_cost([*base, *(Flow(at(month), -paid) for month, paid in fees)], method)

    assert cost() < cost((late, fee)) < cost((early, fee))
    assert cost((late, fee)) == pytest.approx(cost((late, part), (late, fee - part)))
