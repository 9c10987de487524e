"""Interest in advance: who pays it, when, what it costs, and what of it is not earned."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy_financial
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongtu.channels.cli.loan_inputs import terms_of
from tongtu.channels.cli.schedule import answer
from tongtu.kernel.errors import BadInput
from tongtu.terms.api import (
    Actor,
    BadTerms,
    Disbursement,
    Grace,
    LoanTerms,
    Method,
    Prepaid,
    PrepaidWhen,
    schedule,
    yearly_cost,
)

from .drawn import terms

START = date(2026, 1, 15)
# Principal 400 yuan a month; interest 12, 8 and 4 yuan.
TERMS = LoanTerms(120_000, 1200, 3, START, Method.EQUAL_PRINCIPAL)


def made(payer, periods=3, percent=100, when=PrepaidWhen.AT_DISBURSEMENT):
    return schedule(replace(TERMS, prepaid=Prepaid(payer, periods, Decimal(percent), when)))


def test_a_merchant_that_pays_all_interest_at_once_leaves_a_loan_that_costs_nothing():
    found = made(Actor.MERCHANT)

    assert [row.total_minor for row in found.rows] == [40_000] * 3
    assert [(one.amount_minor, one.due_date) for one in found.prepaid] == [
        (1_200, START), (800, START), (400, START),
    ]  # fmt: skip
    assert (found.cost_minor, found.flows()[0].amount) == (0, 120_000)
    assert yearly_cost(found.flows(), "irr_monthly_x12") == 0


def test_what_the_borrower_pays_in_advance_costs_as_much_money_and_more_a_year():
    later, found = schedule(TERMS), made(Actor.BORROWER)

    assert found.cost_minor == later.cost_minor == 2_400
    assert [flow.amount for flow in found.flows()] == [117_600, -40_000, -40_000, -40_000]
    assert [flow.amount for flow in found.dated_flows()] == [
        120_000, -1_200, -800, -400, -40_000, -40_000, -40_000,
    ]  # fmt: skip
    expected = numpy_financial.irr([117_600, -40_000, -40_000, -40_000]) * 1_200  # percent
    assert float(yearly_cost(found.flows(), "irr_monthly_x12")) == pytest.approx(expected, abs=1e-9)
    assert yearly_cost(later.flows(), "irr_monthly_x12") < Decimal("12.00001") < Decimal(expected)


def test_interest_of_each_period_may_be_paid_on_the_day_it_begins():
    found = made(Actor.BORROWER, when=PrepaidWhen.PERIOD_START)

    assert [flow.amount for flow in found.flows()] == [118_800, -40_800, -40_400, -40_000]
    assert [one.due_date for one in found.prepaid] == [row.start for row in found.rows]


def test_a_merchant_may_pay_a_part_of_the_first_periods_only():
    found = made(Actor.MERCHANT, periods=2, percent=25)

    assert [row.interest_minor for row in found.rows] == [900, 600, 400]
    assert [one.amount_minor for one in found.prepaid] == [300, 200]
    assert found.cost_minor == 1_900


def test_interest_that_is_not_earned_goes_back_to_who_paid_it_when_the_loan_ends():
    found = made(Actor.MERCHANT)

    assert found.unearned_minor(START, Actor.MERCHANT) == 2_400
    # 15 of 31 days of 12 yuan are 5.81 yuan; the two other periods are not begun.
    assert found.unearned_minor(date(2026, 1, 30), Actor.MERCHANT) == 1_200 - 581 + 800 + 400
    assert found.unearned_minor(found.rows[-1].due_date, Actor.MERCHANT) == 0
    assert found.unearned_minor(START, Actor.BORROWER) == 0
    begun = made(Actor.BORROWER, when=PrepaidWhen.PERIOD_START)
    assert begun.unearned_minor(date(2026, 1, 30), Actor.BORROWER) == 1_200 - 581


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_in_advance_or_not_the_same_interest_and_principal_are_asked_for(data):
    plain = data.draw(terms(grace=Grace(), fees=()))
    prepaid = Prepaid(
        data.draw(st.sampled_from([Actor.BORROWER, Actor.MERCHANT])),
        data.draw(st.integers(1, plain.instalments)),
        Decimal(data.draw(st.integers(0, 100))),
        data.draw(st.sampled_from(PrepaidWhen)),
    )
    stored = json.loads(json.dumps(replace(plain, prepaid=prepaid).to_json()))

    found, agreed = schedule(LoanTerms.from_json(stored)), schedule(plain)

    ahead = sum(one.amount_minor for one in found.prepaid)
    assert found.interest_minor + ahead == agreed.interest_minor
    assert [row.principal_minor for row in found.rows] == [
        row.principal_minor for row in agreed.rows
    ]
    assert min(row.interest_minor for row in found.rows) >= 0
    own = ahead if prepaid.payer is Actor.BORROWER else 0
    assert found.cost_minor == agreed.cost_minor - ahead + own
    assert sum(flow.amount for flow in found.dated_flows()) == -found.cost_minor
    assert found.unearned_minor(found.rows[-1].due_date, prepaid.payer) == 0


def test_terms_without_it_are_written_as_before_and_with_it_in_a_version_of_their_own():
    plain, ahead = TERMS.to_json(), replace(TERMS, prepaid=Prepaid(Actor.MERCHANT, 1)).to_json()

    assert (plain["version"], "prepaid" in plain, ahead["version"]) == (2, False, 3)
    for wrong in ({**plain, "prepaid": None}, {**ahead, "version": 2}, {**plain, "version": 3}):
        with pytest.raises(BadTerms):
            LoanTerms.from_json(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Prepaid(Actor.LENDER, 1),
        lambda: Prepaid(Actor.BORROWER, 0),
        lambda: Prepaid(Actor.BORROWER, 1, Decimal(101)),
        lambda: replace(TERMS, prepaid=Prepaid(Actor.BORROWER, 4)),
        lambda: replace(TERMS, grace=Grace(interest=1), prepaid=Prepaid(Actor.BORROWER, 1)),
        lambda: schedule(
            replace(TERMS, prepaid=Prepaid(Actor.BORROWER, 1)),
            [Disbursement(START, 60_000), Disbursement(date(2026, 2, 1), 60_000)],
        ),
    ],
)
def test_what_cannot_be_known_in_advance_is_refused(wrong):
    with pytest.raises(BadTerms):
        wrong()


INPUTS = {
    "principal_applied": "1200.00", "annual_rate_percent": "12", "number_of_instalments": 3,
    "repay_every": 1, "repay_unit": "MONTHS", "method": "equal_principal",
    "day_count": "30/360", "schedule_start": "2026-01-15",
    "rounding": {"currency_decimals": 2, "mode": "HALF_UP",
                 "last_instalment": "takes the remaining principal; no evening-out"},
    "prepaid_interest": {"payer": "merchant", "periods": 1, "when": "at_disbursement"},
}  # fmt: skip


def test_the_door_shows_interest_in_advance_beside_the_rows_and_refuses_it_for_a_loan_with_events():
    told = answer({"inputs": INPUTS})

    assert [row["interest"] for row in told["schedule"]] == ["0.00", "8.00", "4.00"]
    assert told["prepaid_interest"] == [
        {"payer": "merchant", "due_date": "2026-01-15", "amount": "12.00",
         "from": "2026-01-15", "to": "2026-02-15"},
    ]  # fmt: skip
    with pytest.raises(BadInput, match="prepaid_interest"):
        terms_of(INPUTS, START)
