"""`tongtu schedule --json < case`: the instalments of loan terms.

A case is {"inputs": {...}} in the words of the vectors (amounts in yuan, rates in percent). A word
this product cannot honour exactly is named and refused, never ignored.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tongtu.channels.cli.case import decimal_of, read_case
from tongtu.kernel.errors import BadInput
from tongtu.terms.api import DayCount, LoanTerms, Method, schedule

HELP = "repayment schedule of loan terms, as JSON"
_METHODS = {
    "equal_instalments": Method.EQUAL_INSTALMENT,
    "equal_principal": Method.EQUAL_PRINCIPAL,
    "interest_only": Method.INTEREST_ONLY,
    "flat": Method.FLAT,
}
_DAY_COUNTS = {
    **{one.value: one for one in DayCount},
    "one twelfth of the annual rate per month": DayCount.MONTHLY,
}
# Words that must have this value, because the schedule knows no other.
_FIXED: dict[str, object] = {
    "repay_every": 1,
    "repay_unit": "MONTHS",
    "month_end_due_date_strategy": "LAST_DAY_OF_MONTH, seed day kept",
    "rounding": {
        "currency_decimals": 2,
        "mode": "HALF_UP",
        "last_instalment": "takes the remaining principal; no evening-out",
    },
}
_READ = {
    "principal_applied", "annual_rate_percent", "number_of_instalments", "disbursements",
    "method", "day_count", "monthly_fee",
}  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="read and write JSON (the only form)")


def run(arguments: argparse.Namespace) -> int:
    """Answer the case on standard input."""
    del arguments
    print(json.dumps(answer(read_case(sys.stdin.buffer))))
    return 0


def answer(case: Mapping[str, Any]) -> dict[str, list[dict[str, object]]]:
    """Return {"schedule": rows} in the shape of the vectors.

    Raises BadInput, naming the word that is missing or not supported.
    """
    inputs = case.get("inputs")
    if not isinstance(inputs, dict):
        raise BadInput('a case has "inputs"')
    if case.get("events"):
        raise BadInput("events is not supported here: a schedule is a loan without events")
    _refuse_others(inputs)
    terms = _terms(inputs)
    rows, before = [], terms.start
    for row in schedule(terms).rows:
        rows.append(
            {
                "nr": row.nr,
                "days": (row.due_date - before).days,
                "due_date": row.due_date.isoformat(),
                "principal": _yuan(row.principal_minor),
                "interest": _yuan(row.interest_minor),
                "fee": _yuan(row.fee_minor),
                "penalty": _yuan(0),
                "total": _yuan(row.total_minor),
                "outstanding_principal": _yuan(row.outstanding_minor),
            }
        )
        before = row.due_date
    return {"schedule": rows}


def _refuse_others(inputs: Mapping[str, Any]) -> None:
    for word, value in inputs.items():
        if word in _FIXED:
            if value != _FIXED[word]:
                raise BadInput(f"{word} {json.dumps(value, default=str)} is not supported")
        elif word not in _READ:
            raise BadInput(f"{word} is not supported")


def _terms(inputs: Mapping[str, Any]) -> LoanTerms:
    paid_out = _word(inputs, "disbursements")
    if not isinstance(paid_out, list) or len(paid_out) != 1 or not isinstance(paid_out[0], dict):
        raise BadInput("disbursements other than one are not supported")
    principal = _minor("principal_applied", _word(inputs, "principal_applied"))
    if _minor("amount", _word(paid_out[0], "amount")) != principal:
        raise BadInput("disbursements other than the principal are not supported")
    months = _word(inputs, "number_of_instalments")
    if type(months) is not int:
        raise BadInput("number_of_instalments is a whole number")
    return LoanTerms(
        principal_minor=principal,
        rate_bps=_minor("annual_rate_percent", _word(inputs, "annual_rate_percent")),
        tenor_months=months,
        start=_day(_word(paid_out[0], "date")),
        method=_METHODS[_choice(inputs, "method", _METHODS)],
        day_count=_DAY_COUNTS[_choice(inputs, "day_count", _DAY_COUNTS)],
        fee_minor_monthly=_minor("monthly_fee", inputs.get("monthly_fee", 0)),
    )


def _word(inputs: Mapping[str, Any], word: str) -> Any:
    if word not in inputs:
        raise BadInput(f"{word} is missing")
    return inputs[word]


def _choice(inputs: Mapping[str, Any], word: str, known: Mapping[str, object]) -> str:
    value = _word(inputs, word)
    if not isinstance(value, str) or value not in known:
        raise BadInput(f"{word} {value!r} is not supported; known: {', '.join(known)}")
    return value


def _minor(word: str, value: object) -> int:
    """Return hundredths: fen of yuan, basis points of percent."""
    hundredths = decimal_of(word, value) * 100
    if hundredths != int(hundredths):
        raise BadInput(f"{word} has more than two decimals, which is not supported")
    return int(hundredths)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadInput("a date looks like 2026-11-24") from None


def _yuan(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"
