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
def ask(monkeypatch, capsys):
    def ask(command, case):
        text = case if isinstance(case, bytes) else json.dumps(case).encode()
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text)))
        status = main([command, "--json"])
        printed = capsys.readouterr()
        return (status, json.loads(printed.out)) if status == 0 else (status, printed.err)

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
        ({"repay_every": 2}, "repay_every 2 is not supported"),
        ({"repay_unit": "WEEKS"}, 'repay_unit "WEEKS" is not supported'),
        ({"rounding": ROUNDING | {"mode": "HALF_EVEN"}}, "rounding"),
        ({"interest_method": "flat"}, "interest_method is not supported"),
        ({"grace_principal_periods": 1}, "grace_principal_periods is not supported"),
        ({"method": "balloon"}, "method 'balloon' is not supported"),
        ({"day_count": "ACT/364"}, "day_count 'ACT/364' is not supported"),
        ({"disbursements": DERIVED_013["disbursements"] * 2}, "disbursements"),
        ({"disbursements": [{"date": "2024-12-31", "amount": "900"}]}, "disbursements"),
        ({"annual_rate_percent": "9.4822"}, "annual_rate_percent"),
        ({"annual_rate_percent": "NaN"}, "annual_rate_percent"),
        ({"principal_applied": "１０００"}, "principal_applied"),
        ({"principal_applied": "1e3"}, "principal_applied"),
        ({"principal_applied": True}, "principal_applied"),
        ({"number_of_instalments": 3.0}, "number_of_instalments"),
        ({"number_of_instalments": 0}, "tenor_months"),
    ],
)
def test_a_word_the_schedule_cannot_honour_is_named(ask, change, word):
    status, said = ask("schedule", {"inputs": DERIVED_013 | change})

    assert (status, word in said) == (1, True)


def test_a_word_that_is_missing_is_named(ask):
    for word in ("principal_applied", "disbursements", "method", "day_count"):
        status, said = ask(
            "schedule", {"inputs": {k: v for k, v in DERIVED_013.items() if k != word}}
        )
        assert (status, f"{word} is missing" in said) == (1, True)


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (CNX_2 | {"method": "US_REGZ"}, "US_REGZ"),
        (CNX_2 | {"method": None}, "None"),
        (CNX_2 | {"flows": []}, "flows"),
        (CNX_2 | {"flows": [{"t_years": 0, "amount": 1}]}, "t_years"),
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

    assert (status, word in said) == (1, True)
