"""`tongtu apr` and `tongtu schedule` read published cases and refuse what they cannot honour."""

import io
import json
from types import SimpleNamespace

import pytest

from tongtu.channels.cli import main

ROUNDING = {
    "currency_decimals": 2,
    "mode": "HALF_UP",
    "last_instalment": "takes the remaining principal; no evening-out",
}
DERIVED_013 = {
    "principal_applied": "1000",
    "annual_rate_percent": "36",
    "number_of_instalments": 3,
    "repay_every": 1,
    "repay_unit": "MONTHS",
    "disbursements": [{"date": "2024-12-31", "amount": "1000"}],
    "method": "equal_instalments",
    "day_count": "one twelfth of the annual rate per month",
    "rounding": ROUNDING,
    "month_end_due_date_strategy": "LAST_DAY_OF_MONTH, seed day kept",
}
DERIVED_006 = DERIVED_013 | {
    "principal_applied": "10000",
    "annual_rate_percent": "18.25",
    "number_of_instalments": 7,
    "disbursements": [{"date": "2024-08-31", "amount": "10000"}],
    "method": "equal_principal",
    "day_count": "ACT/360",
}
CNX_2 = {
    "method": "CN_IRR_monthly: simple = 12*i, compound = (1+i)^12-1",
    "flows": [
        {"month": 0, "amount": 10000},
        *({"month": month, "amount": -938.49} for month in range(1, 13)),
    ],
}


@pytest.fixture
def feed(monkeypatch):
    def feed(text):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text)))

    return feed


@pytest.fixture
def ask(feed, capsys):
    def ask(command, case):
        feed(case if isinstance(case, bytes) else json.dumps(case).encode())
        status = main([command, "--json"])
        printed = capsys.readouterr()
        return status, json.loads(printed.out)

    return ask


def test_a_schedule_comes_in_the_shape_of_the_vectors(ask):  # derived-013
    status, found = ask("schedule", {"id": "derived-013", "inputs": DERIVED_013})

    assert status == 0
    assert found["schedule"][1] == {
        "nr": 2,
        "days": 28,
        "due_date": "2025-02-28",
        "principal": "333.24",
        "interest": "20.29",
        "fee": "0.00",
        "penalty": "0.00",
        "total": "353.53",
        "outstanding_principal": "343.23",
    }


def test_equal_principal_by_actual_days(ask):  # derived-006
    _, found = ask("schedule", {"inputs": DERIVED_006})

    assert [(row["due_date"], row["total"]) for row in found["schedule"][:2]] == [
        ("2024-09-30", "1580.65"),
        ("2024-10-31", "1563.27"),
    ]


def test_both_chinese_conventions_are_answered(ask):  # CNX-2, constructed
    _, found = ask("apr", CNX_2)

    assert round(found["apr_percent"], 6) == 22.528667
    assert round(found["annual_compound_percent"], 6) == 25.006808


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"repay_every": 0}, "repay_every"),
        ({"repay_unit": "FORTNIGHTS"}, 'repay_unit "FORTNIGHTS" is not supported'),
        ({"repay_unit": "SEMI_MONTHLY"}, "semi_monthly_due_days is missing"),
        ({"semi_monthly_due_days": [1, 15]}, "semi_monthly_due_days"),
        ({"month_end_due_date_strategy": "SOMETIMES"}, "month_end_due_date_strategy"),
        ({"rounding": ROUNDING | {"mode": "HALF_ODD"}}, "mode"),
        ({"rounding": ROUNDING | {"currency_decimals": 3}}, "currency_decimals"),
        ({"rounding": ROUNDING | {"last_instalment": "forgiven"}}, "last_instalment"),
        ({"rounding": ROUNDING | {"upwards": True}}, "rounding.upwards"),
        ({"interest_method": "flat"}, "interest_method is not supported"),
        ({"grace_principal_periods": 3}, "grace.principal"),
        ({"method": "balloon"}, 'method "balloon" is not supported'),
        ({"day_count": "ACT/361"}, 'day_count "ACT/361" is not supported'),
        ({"disbursements": DERIVED_013["disbursements"] * 2}, "more is paid out"),
        ({"disbursements": [{"date": "2024-12-31", "amount": "900", "fee": 1}]}, "fee"),
        ({"disbursements": [{"date": "20241231", "amount": "900"}]}, "date"),
        ({"annual_rate_percent": "NaN"}, "annual_rate_percent"),
        ({"annual_rate_percent": "100.01"}, "rate_bps"),
        ({"principal_applied": "１０００"}, "principal_applied"),
        ({"principal_applied": "1e3"}, "principal_applied"),
        ({"principal_applied": "1000.001"}, "principal_applied"),
        ({"principal_applied": "-1000"}, "principal_applied"),
        ({"principal_applied": True}, "principal_applied"),
        ({"number_of_instalments": 3.0}, "number_of_instalments"),
        ({"number_of_instalments": 0}, "instalments"),
        ({"term": 4, "term_unit": "MONTHS"}, "term"),
        ({"down_payment_percent": "100"}, "down payment"),
        ({"down_payment_percent": "-1"}, "down_payment_percent"),
        ({"first_due_date": "2025-01-15"}, "first_due_date is not supported"),
        ({"balloon_amount": "1000.01"}, "balloon"),
        ({"fees": [{"code": "x", "value": "1"}]}, "basis"),
        ({"holiday_calendar": {"name": "CN"}}, "version"),
        ({"multi_disburse": "no"}, "multi_disburse"),
    ],
)
def test_a_word_the_schedule_cannot_honour_is_named(ask, change, word):
    status, said = ask("schedule", {"inputs": DERIVED_013 | change})

    assert (status, "schedule" in said, word in said["detail"]) == (2, False, True)
    assert (said["type"], said["status"]) == (f"urn:tongtu:problem:{said['code']}", 422)


def test_a_word_that_is_missing_is_named(ask):
    for word in ("principal_applied", "repay_unit", "rounding", "day_count"):
        status, said = ask(
            "schedule", {"inputs": {k: v for k, v in DERIVED_013.items() if k != word}}
        )
        assert (status, said["detail"]) == (2, f"{word} is missing")


def test_each_line_has_its_answer_and_a_refused_one_does_not_end_the_run(feed, capsys):
    good = json.dumps({"inputs": DERIVED_013})
    bad = json.dumps({"inputs": DERIVED_013 | {"colour": "red"}})
    feed(f"{good}\n{bad}\n\n{{\n{good}".encode())

    status = main(["schedule", "--jsonl"])

    first, second, third, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert status == 2
    assert first == last
    assert first["totals"]["total"] == "1060.59"
    assert (second["detail"], third["code"]) == ("colour is not supported", "bad_input")


def test_lines_that_are_all_answered_end_with_0(feed, capsys):
    feed(json.dumps({"inputs": DERIVED_013}).encode() + b"\n")

    assert main(["schedule", "--jsonl"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_line_beyond_its_bound_is_refused_and_the_next_is_read(feed, capsys):
    good = json.dumps({"inputs": DERIVED_013}).encode()
    feed(b'{"inputs": "' + b"x" * 9_000_000 + b'"}\n' + good)

    status = main(["schedule", "--jsonl"])

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (status, first["code"], "schedule" in second) == (2, "too_large", True)


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (CNX_2 | {"method": "US_REGZ"}, "dates"),
        (CNX_2 | {"method": "additive"}, "additive"),
        (CNX_2 | {"method": "IRR_PERIODIC_x0"}, "IRR_PERIODIC_x0"),
        (CNX_2 | {"method": None}, "method"),
        (CNX_2 | {"flows": []}, "flows"),
        (CNX_2 | {"flows": [{"t_years": 0, "amount": 1}] * 2}, "period numbers"),
        (CNX_2 | {"flows": [{"t_days": 1.5, "amount": 1}]}, "t_days"),
        (CNX_2 | {"flows": [{"unit_periods": 1, "fraction": 2, "amount": 1}]}, "per_year"),
        (CNX_2 | {"flows": [{"month": 1, "date": "2026-01-01", "amount": 1}]}, "one of"),
        (CNX_2 | {"flows": [{"month": 0.5, "amount": 1}]}, "month"),
        (CNX_2 | {"flows": [{"month": 0, "amount": "１"}]}, "amount"),
        (CNX_2 | {"flows": CNX_2["flows"][1:]}, "no_root"),
        (b'{"method": NaN}', "JSON"),
        (b"[]", "JSON object"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b" " * 4_000_001, "too_large"),
    ],
)
def test_a_case_the_yearly_cost_cannot_read_is_refused_by_name(ask, case, word):
    status, said = ask("apr", case)

    assert (status, "apr_percent" in said, word in json.dumps(said)) == (2, False, True)


def test_yearly_costs_come_one_a_line(feed, capsys):
    bad = json.dumps(CNX_2 | {"method": "additive"})
    feed(f"{json.dumps(CNX_2)}\n{bad}\n{json.dumps(CNX_2)}\n".encode())

    status = main(["apr", "--jsonl"])

    first, second, third = map(json.loads, capsys.readouterr().out.splitlines())
    assert (status, first, second["code"]) == (2, third, "unknown_method")


def test_a_period_s_rate_is_told_by_itself_and_in_multiples(ask):
    case = {"flows": [{"period": 0, "amount": 100}, {"period": 1, "amount": -101}]}

    _, single = ask("apr", case | {"method": "IRR_PERIODIC"})
    _, weekly = ask("apr", case | {"method": "IRR_PERIODIC_x52"})

    assert (single["apr_percent"], weekly["apr_percent"]) == (1.0, 52.0)
