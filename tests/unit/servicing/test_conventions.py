"""Conventions of the replay by cases worked by hand: 100 yuan over 6 months at 7 % (30/360)."""

import pytest

from tongtu.channels.cli.loan import answer

INPUTS = {
    "principal_applied": "100",
    "annual_rate_percent": "7",
    "number_of_instalments": 6,
    "repay_every": 1,
    "repay_unit": "MONTHS",
    "interest_method": "declining_balance",
    "amortization": "equal_instalments",
    "interest_calculation_period": "daily",
    "days_in_year": "360",
    "days_in_month": "30",
    "rounding": {"currency_decimals": 2, "mode": "HALF_EVEN", "instalment_multiple_of": None},
    "schedule_engine": "progressive",
    "interest_recalculation": True,
}
FLAT = {
    **INPUTS,
    "principal_applied": "3000",
    "annual_rate_percent": "12",
    "number_of_instalments": 3,
    "interest_method": "flat",
    "interest_calculation_period": "same_as_repayment_period",
    "days_in_year": "ACTUAL",
    "days_in_month": "ACTUAL",
    "interest_recalculation": False,
    "allocation_strategy": "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER",
    "schedule_engine": "cumulative",
}


def event(kind, on, amount=None, **more):
    paid = {} if amount is None else {"amount": amount}
    return {"type": kind, "date": on, "business_date": on, **paid, **more}


def rows(inputs, *events):
    """Return (principal, interest) of each row after the last event."""
    last = answer({"inputs": inputs, "events": list(events)})["checkpoints"][-1]
    return [(row["principal"], row["interest"]) for row in last["schedule"]]


PAID_OUT = event("disbursement", "2024-01-01", "100")
ON_TIME = event("repayment", "2024-02-01", "17.01")


def test_a_pay_off_owes_interest_up_to_its_day_only():
    # 83.57 x 7 % / 12 x 14 days of 29 = .2353
    assert rows(INPUTS, PAID_OUT, ON_TIME, event("pay_off", "2024-02-15")) == [
        ("16.43", "0.58"),
        ("16.77", "0.24"),
        ("17.01", "0.00"),
        ("17.01", "0.00"),
        ("17.01", "0.00"),
        ("15.77", "0.00"),
    ]


def test_interest_of_the_days_after_an_early_payment_is_asked_for_with_the_next_row():
    # (83.57 - 16.77) x 7 % / 12 x 15 / 29 = .2016, and .3897 of its own month
    early = event("repayment", "2024-02-15", "17.01")

    assert rows(INPUTS, PAID_OUT, ON_TIME, early)[1:3] == [("16.77", "0.24"), ("16.42", "0.59")]


def test_principal_that_is_late_goes_on_bearing_interest_to_the_day_the_loan_is_looked_at():
    # 83.57 x 7 % / 12 = .4875, and 16.43 x 7 % / 12 x 14 / 29 = .0463
    late = event("close_of_business", "2024-02-15")

    assert rows(INPUTS, PAID_OUT, late)[:2] == [("16.43", "0.58"), ("16.48", "0.53")]


def test_grace_on_flat_interest_asks_for_it_with_the_next_row():
    grace = event("reschedule", "2024-01-05", rescheduleFromDate="2024-02-01", graceOnInterest=1)

    assert rows(FLAT, event("disbursement", "2024-01-01", "3000"), grace) == [
        ("1000.00", "0.00"),
        ("1000.00", "60.00"),
        ("1000.00", "30.00"),
    ]


def test_a_longer_term_spreads_what_was_to_come():
    longer = event("reschedule", "2024-01-05", rescheduleFromDate="2024-03-01", extraTerms=2)
    inputs = FLAT | {"annual_rate_percent": "0"}

    found = rows(inputs, event("disbursement", "2024-01-01", "3000"), longer)

    assert [principal for principal, _ in found] == ["1000.00", *["500.00"] * 4]


@pytest.mark.parametrize(
    ("day", "march"),
    [("2024-02-16", ("16.52", "0.38")), ("2024-03-02", ("16.52", "0.49"))],
)
def test_a_new_rate_holds_for_the_night_before_its_first_day(day, march):
    # 14 nights at 7 % and 15 at 4 %; from 2 March on it is the night of 1 March that is first
    change = event("reschedule", "2024-01-05", rescheduleFromDate=day, newInterestRate=4)

    assert rows(INPUTS, PAID_OUT, change)[1] == march


def test_an_order_by_parts_pays_a_part_of_every_row_before_the_next_part():
    order = [
        f"{when}_{part}"
        for when in ("PAST_DUE", "DUE", "IN_ADVANCE")
        for part in ("INTEREST", "FEE", "PENALTY", "PRINCIPAL")
    ]
    inputs = INPUTS | {
        "interest_recalculation": False,
        "schedule_processing": "VERTICAL",
        "payment_allocation_order": order,
    }
    paid = event("repayment", "2024-03-01", "2.00")

    last = answer({"inputs": inputs, "events": [PAID_OUT, paid]})["checkpoints"][-1]

    told = [(one["due_date"], one["component"], one["amount"]) for one in last["allocation"]]
    assert told == [
        ("2024-02-01", "interest", "0.58"),
        ("2024-02-01", "principal", "1.42"),
    ]


def test_each_kind_of_transaction_goes_by_a_rule_of_its_own():
    # Ten yuan ahead: a repayment pays the next row, a refund the last one.
    rules = [
        {"transaction": "DEFAULT", "future_installments": "NEXT_INSTALLMENT"},
        {"transaction": "MERCHANT_ISSUED_REFUND", "future_installments": "LAST_INSTALLMENT"},
    ]
    inputs = {
        **INPUTS, "interest_recalculation": False, "payment_allocation": rules,
        "allocation_strategy": "ADVANCED_PAYMENT_ALLOCATION",
    }  # fmt: skip

    def paid_by(kind):
        told = answer(
            {"inputs": inputs, "events": [PAID_OUT, ON_TIME, event(kind, "2024-02-01", "10")]}
        )["checkpoints"][-1]
        return [row["paid"] for row in told["schedule"]]

    assert paid_by("repayment") == ["17.01", "10.00", "0.00", "0.00", "0.00", "0.00"]
    assert paid_by("merchant_issued_refund") == ["17.01", "0.00", "0.00", "0.00", "0.00", "10.00"]
