"""Fees: who pays whom, on what basis, when; what the borrower pays is in rows and in the cost."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tongtu.terms.api import (
    Actor,
    BadFlows,
    BadTerms,
    Disbursement,
    Fee,
    FeeBasis,
    FeeTiming,
    LoanTerms,
    Method,
    schedule,
)

START = date(2026, 1, 15)
TERMS = LoanTerms(120_000, 1200, 3, START, Method.EQUAL_PRINCIPAL)


def fee(value, basis=FeeBasis.AMOUNT, timing=FeeTiming.EACH_INSTALMENT, **more):
    return Fee("one", Decimal(value), basis, timing, **more)


def charged(one, *paid_out):
    found = schedule(replace(TERMS, fees=(one,)), paid_out)
    return found, [charge.amount_minor for charge in found.charges]


@pytest.mark.parametrize(
    ("one", "amounts", "in_rows"),
    [
        (fee(250), [250] * 3, [250] * 3),
        (fee(250, timing=FeeTiming.FIRST_INSTALMENT), [250], [250, 0, 0]),
        (fee(250, timing=FeeTiming.LAST_INSTALMENT), [250], [0, 0, 250]),
        (fee(250, timing=FeeTiming.AT_DISBURSEMENT), [250], [0, 0, 0]),
        (fee("0.5", FeeBasis.DISBURSED), [600] * 3, [600] * 3),
        (fee("0.5", FeeBasis.OUTSTANDING), [600, 400, 200], [600, 400, 200]),
        # principal 40,000 and interest of 1,200, 800, 400
        (fee(1, FeeBasis.INSTALMENT), [412, 408, 404], [412, 408, 404]),
        (fee("1.5", FeeBasis.DISBURSED, FeeTiming.AT_DISBURSEMENT), [1800], [0, 0, 0]),
    ],
)
def test_a_fee_comes_to_its_basis_when_it_is_due(one, amounts, in_rows):
    found, charges = charged(one)

    assert charges == amounts
    assert [row.fee_minor for row in found.rows] == in_rows
    assert found.cost_minor == 2_400 + sum(amounts)


def test_a_fee_that_another_pays_is_itemised_and_costs_the_borrower_nothing():
    found, charges = charged(fee(250, payer=Actor.LENDER, payee=Actor.PLATFORM))

    assert charges == [250] * 3
    assert [row.fee_minor for row in found.rows] == [0, 0, 0]
    assert found.cost_minor == 2_400


def test_a_percentage_at_disbursement_is_taken_of_each_and_a_fixed_amount_once():
    paid_out = (Disbursement(START, 40_000), Disbursement(date(2026, 2, 1), 80_000))
    at_payout = FeeTiming.AT_DISBURSEMENT

    assert charged(fee(1, FeeBasis.DISBURSED, at_payout), *paid_out)[1] == [400, 800]
    assert charged(fee(250, timing=at_payout), *paid_out)[1] == [250]


def test_the_flows_hold_what_the_borrower_pays_when_the_loan_is_paid_out():
    found, _ = charged(fee("1.5", FeeBasis.DISBURSED, FeeTiming.AT_DISBURSEMENT))

    assert [flow.amount for flow in found.dated_flows()][:2] == [120_000, -1_800]
    assert [flow.amount for flow in found.flows()] == [118_200, -41_200, -40_800, -40_400]


@pytest.mark.parametrize(
    ("terms", "paid_out"),
    [
        (replace(TERMS, down_payment_percent=Decimal(25)), [Disbursement(START, 120_000)]),
        (TERMS, [Disbursement(START, 60_000), Disbursement(date(2026, 2, 1), 60_000)]),
    ],
)
def test_money_that_moves_within_a_period_has_flows_by_date_only(terms, paid_out):
    found = schedule(terms, paid_out)

    with pytest.raises(BadFlows):
        found.flows()
    assert sum(flow.amount for flow in found.dated_flows()) == -found.cost_minor


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": Decimal(-1)},
        {"value": Decimal("0.5")},
        {"value": Decimal("NaN")},
        {"basis": FeeBasis.DISBURSED, "value": Decimal(101)},
        {"basis": FeeBasis.INSTALMENT, "timing": FeeTiming.AT_DISBURSEMENT},
        {"payee": Actor.BORROWER},
        {"code": ""},
    ],
)
def test_a_fee_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(BadTerms):
        replace(fee(1), **wrong)


def test_two_fees_of_one_code_are_refused():
    with pytest.raises(BadTerms):
        replace(TERMS, fees=(fee(1), fee(2)))
