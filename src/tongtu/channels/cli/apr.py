"""`tongtu apr --json < case`: the yearly cost of a cash flow; `--jsonl` for many cases.

A case is {"method", "flows": [{"amount", when}]}, amount > 0 paid to the borrower; `when` is one of
"date", "t_years", "t_days", "period", "month", or "unit_periods" with "fraction" (a case then has
"unit_periods_per_year"; where it has none, the flows' dates count).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tongtu.channels.cli.case import answer_cases, declare_forms
from tongtu.kernel.errors import BadInput
from tongtu.kernel.number import decimal_of
from tongtu.terms.api import (
    METHODS,
    Days,
    Flow,
    UnitPeriods,
    UnknownMethod,
    Years,
    yearly_cost,
)

HELP = "yearly cost of a cash flow, as JSON"
TIME_MAX = 100_000
# The names published cases use, beside our own.
NAMES = {
    **{name: name for name in METHODS},
    "EU_APRC_effective_annual": "eu.aprc",
    "US_REGZ_APPENDIX_J_ACTUARIAL_nominal": "us.regz_actuarial",
    "US_REGZ": "us.regz_actuarial",
    "EFFECTIVE_ANNUAL_365_25": "uk.365_25",
    "EFFECTIVE_ANNUAL_365": "xirr_act365",
    "XIRR_ACT365_effective_annual": "xirr_act365",
    "IRR_PERIODIC": "irr_periodic",
    "cn.irr_monthly_x12": "irr_monthly_x12",
    "cn.irr_compound": "irr_compound",
}
_TIMES_A_PERIOD = re.compile(r"IRR_PERIODIC_x([1-9][0-9]{0,2})")
# A Chinese case asks for both conventions: the 24 % line flips between them.
BOTH = "CN_IRR_monthly"
_TELLS = ("date", "t_years", "t_days", "period", "month")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    declare_forms(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the cases on standard input."""
    return answer_cases(arguments, answer)


def answer(case: Mapping[str, Any]) -> dict[str, float]:
    """Return {"apr_percent"} and, for a Chinese case, both conventions.

    Raises BadInput, naming the word that is not supported.
    """
    named = case.get("method")
    rows = case.get("flows")
    if not isinstance(rows, list) or not rows:
        raise BadInput('a case has "flows"', fields={"flows": "required"})
    if not isinstance(named, str):
        raise BadInput('a case has a "method"', fields={"method": "required"})
    flows = [_flow(row, case.get("unit_periods_per_year")) for row in rows]
    if named.startswith(BOTH):
        return _chinese(flows)
    if found := _TIMES_A_PERIOD.fullmatch(named):
        return {"apr_percent": float(int(found[1]) * yearly_cost(flows, "irr_periodic"))}
    if named not in NAMES:
        raise UnknownMethod(f"method {named[:80]!r} is not supported; known: {', '.join(NAMES)}")
    return {"apr_percent": float(yearly_cost(flows, NAMES[named]))}


def _chinese(flows: list[Flow]) -> dict[str, float]:
    simple = float(yearly_cost(flows, "irr_monthly_x12"))
    return {
        "apr_percent": simple,
        "monthly_irr_percent": float(yearly_cost(flows, "irr_periodic")),
        "annual_simple_percent": simple,
        "annual_compound_percent": float(yearly_cost(flows, "irr_compound")),
    }


def _flow(row: object, per_year: object) -> Flow:
    if not isinstance(row, dict):
        raise BadInput("a flow is an object", fields={"flows": "objects"})
    told = set(row) - {"amount"}
    amount = decimal_of("amount", row.get("amount"))
    if {"unit_periods", "fraction"} <= told <= {"unit_periods", "fraction", "date"}:
        # Told both ways, unit periods need their number in a year; without it the dates count.
        if per_year is not None or "date" not in told:
            return Flow(_unit_periods(row, per_year), amount)
        told = {"date"}
    if len(told) != 1 or not told <= set(_TELLS):
        raise BadInput(
            f"a flow has an amount and one of {', '.join(_TELLS)},"
            f" or unit_periods and fraction; not {sorted(map(str, row))}"
        )
    word = told.pop()
    return Flow(_READ[word](word, row[word]), amount)


def _unit_periods(row: Mapping[str, Any], per_year: object) -> UnitPeriods:
    yearly = decimal_of("unit_periods_per_year", per_year)
    if not 0 < yearly <= 366:
        raise BadInput("unit_periods_per_year lies between 0 and 366")
    part = _time("fraction", row["fraction"])
    if part > 1:
        raise BadInput("fraction lies between 0 and 1", fields={"fraction": "0..1"})
    return UnitPeriods(_whole("unit_periods", row["unit_periods"]), part, yearly)


def _day(word: str, value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadInput(f"{word} looks like 2026-11-24", fields={word: "date"}) from None


def _whole(word: str, value: object) -> int:
    found = _time(word, value)
    if found != int(found):
        raise BadInput(f"{word} is a whole number", fields={word: "whole number"})
    return int(found)


def _time(word: str, value: object) -> Decimal:
    found = decimal_of(word, value)
    if not 0 <= found <= TIME_MAX:
        raise BadInput(f"{word} lies between 0 and {TIME_MAX}", fields={word: "range"})
    return found


_READ: dict[str, Callable[[str, object], date | Days | Years | int]] = {
    "date": _day,
    "t_years": lambda word, value: Years(_time(word, value)),
    "t_days": lambda word, value: Days(_whole(word, value)),
    "period": _whole,
    "month": _whole,
}
