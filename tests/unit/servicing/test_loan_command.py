"""`tongtu loan` answers cases line by line, explains payments and names what it refuses."""

import io
import json
from types import SimpleNamespace

import pytest

from tongtu.channels.cli import main

INPUTS = {
    "principal_applied": "1000",
    "annual_rate_percent": "0",
    "number_of_instalments": 3,
    "repay_every": 15,
    "repay_unit": "DAYS",
    "interest_method": "flat",
    "amortization": "equal_instalments",
    "interest_calculation_period": "same_as_repayment_period",
    "days_in_year": "ACTUAL",
    "days_in_month": "ACTUAL",
    "rounding": {"currency_decimals": 2, "mode": "HALF_EVEN", "instalment_multiple_of": 1},
    "allocation_strategy": "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER",
    "schedule_engine": "cumulative",
}
PAID_OUT = {
    "type": "disbursement",
    "date": "2024-01-01",
    "amount": "900",
    "business_date": "2024-01-01",
}
FEE = {
    "type": "add_charge",
    "charge": "LATE",
    "component": "fee",
    "due_date": "2024-01-10",
    "amount": "5",
    "business_date": "2024-01-10",
}
PAID = {"type": "repayment", "date": "2024-01-16", "amount": "320", "business_date": "2024-01-16"}


@pytest.fixture
def ask(monkeypatch, capsys):
    def ask(text, form="--json"):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
        status = main(["loan", form])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return ask


def case(*events, **inputs):
    return json.dumps({"inputs": INPUTS | inputs, "events": list(events)})


def test_each_payment_says_which_cent_went_where_by_which_rule(ask):
    status, [found] = ask(case(PAID_OUT, FEE, PAID))

    assert status == 0
    assert [one["after_events"] for one in found["checkpoints"]] == [1, 2, 3]
    rule = "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER"
    assert found["checkpoints"][2]["allocation"] == [
        {
            "due_date": "2024-01-16",
            "component": "fee",
            "amount": "5.00",
            "timing": "due",
            "rule": rule,
        },
        {
            "due_date": "2024-01-16",
            "component": "principal",
            "amount": "300.00",
            "timing": "due",
            "rule": rule,
        },
        {
            "due_date": "2024-01-31",
            "component": "principal",
            "amount": "15.00",
            "timing": "in_advance",
            "rule": rule,
        },
    ]


def test_lines_are_answered_one_by_one_and_a_bad_one_does_not_stop_the_rest(ask):
    status, found = ask(f"{case(PAID_OUT)}\nnot json\n{case(PAID_OUT, PAID)}\n", "--jsonl")

    assert status == 2
    assert [len(one.get("checkpoints", [])) for one in found] == [1, 0, 2]
    assert found[1]["code"] == "bad_input"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (case(PAID_OUT, compounding_of_what="x"), "bad_input"),
        (case(), "bad_input"),
        (case(PAID), "bad_input"),
        (case(PAID_OUT, PAID | {"amount": "-1"}), "bad_input"),
        (case(PAID_OUT, PAID | {"amount": "1.001"}), "bad_input"),
        (case(PAID_OUT, {"type": "teleport", "date": "2024-01-02"}), "bad_input"),
        (case(PAID_OUT, PAID | {"date": "2023-12-31"}), "before_disbursement"),
        (
            case(PAID_OUT, {"type": "credit_balance_refund", "date": "2024-01-02", "amount": "1"}),
            "more_than_owed_back",
        ),
        (
            case(PAID_OUT, {"type": "undo_repayment", "date": "2024-01-16", "nth": 1}),
            "bad_input",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_a_problem_and_not_an_answer(ask, text, code):
    status, [found] = ask(text)

    assert status == 2
    assert found["code"] == code
    assert "checkpoints" not in found


def test_undoing_the_payment_that_settled_a_loan_opens_it_again(ask):
    settled = PAID | {"amount": "900"}
    undone = {
        "type": "undo_repayment",
        "date": "2024-01-16",
        "nth": 1,
        "business_date": "2024-02-20",
    }

    _, [found] = ask(case(PAID_OUT, settled, undone))

    before, paid, after = (one["schedule"] for one in found["checkpoints"])
    assert [row["outstanding_due"] for row in paid] == ["0.00", "0.00", "0.00"]
    assert after == before


def test_two_payments_of_a_day_and_a_cent_are_told_apart_when_the_first_is_undone(ask):
    undone = {
        "type": "undo_repayment",
        "date": "2024-01-16",
        "nth": 1,
        "business_date": "2024-01-17",
    }

    _, [twice] = ask(case(PAID_OUT, PAID, PAID, undone))
    _, [once] = ask(case(PAID_OUT, PAID))

    assert twice["checkpoints"][3]["schedule"] == once["checkpoints"][1]["schedule"]


def on(day, kind, **words):
    return {"type": kind, "date": day, "business_date": day} | words


def test_a_pay_off_stays_what_was_paid_when_an_earlier_payment_comes_to_light(ask):
    late = {
        "type": "repayment",
        "date": "2024-01-05",
        "amount": "15",
        "business_date": "2024-01-20",
    }

    _, [found] = ask(case(PAID_OUT, on("2024-01-10", "pay_off"), late))

    settled, last = found["checkpoints"][1:]
    assert sum(float(row["paid"]) for row in settled["schedule"]) == 900
    assert sum(float(row["paid"]) for row in last["schedule"]) == 900
    assert last["overpaid"] == "15.00"


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([on("2024-01-10", "refund_by_cash", amount="1")], "more_than_paid"),
        ([PAID, on("2024-01-17", "refund_by_cash", amount="320.01")], "more_than_paid"),
        ([on("2024-01-10", "write_off"), on("2024-01-11", "re_amortize")], "loan_not_live"),
    ],
)
def test_what_would_give_back_or_lay_anew_what_is_not_there_is_refused(ask, events, code):
    status, [found] = ask(case(PAID_OUT, *events))

    assert (status, found["code"]) == (2, code)


def test_principal_put_back_and_then_aged_anew_leaves_no_balance_behind(ask):
    credit = on("2024-01-20", "credit_principal", amount="50")
    anew = {
        "type": "re_age", "business_date": "2024-02-20", "startDate": "2024-03-01",
        "frequencyNumber": "1", "frequencyType": "MONTHS", "numberOfInstallments": "3",
    }  # fmt: skip

    _, [found] = ask(case(PAID_OUT, credit, anew))

    rows = found["checkpoints"][-1]["schedule"]
    assert sum(float(row["principal"]) for row in rows) == 950
    assert rows[-1]["outstanding_principal"] == "0.00"


def test_a_refund_takes_late_money_back_before_money_paid_in_advance(ask):
    early = on("2024-01-10", "repayment", amount="100")
    late = on("2024-01-20", "repayment", amount="100")
    back = on("2024-01-21", "refund_by_cash", amount="120")

    _, [found] = ask(case(PAID_OUT, early, late, back))

    first = found["checkpoints"][-1]["schedule"][0]
    assert (first["paid"], first["in_advance"], first["late"]) == ("80.00", "80.00", "0.00")


def test_no_row_of_agreed_interest_is_left_with_less_than_nothing(ask):
    flat = {"annual_rate_percent": "7", "number_of_instalments": 12, "rounding": {
        "currency_decimals": 2, "mode": "UP", "instalment_multiple_of": None}}  # fmt: skip
    to_zero = {
        "type": "reschedule", "business_date": "2024-03-20", "rescheduleFromDate": "2024-04-01",
        "newInterestRate": "0",
    }  # fmt: skip

    _, [found] = ask(case(PAID_OUT, to_zero, **flat))

    interest = [float(row["interest"]) for row in found["checkpoints"][-1]["schedule"]]
    assert min(interest) >= 0
