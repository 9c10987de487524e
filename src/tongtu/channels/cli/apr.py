"""`tongtu apr --json < case`: the yearly cost of a cash flow, amount > 0 paid to the borrower.

A case is {"method", "flows": [{"amount", and one of "period", "month", "date"}]}.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from typing import Any

from tongtu.channels.cli.case import read_case
from tongtu.kernel.errors import BadInput
from tongtu.kernel.number import decimal_of
from tongtu.terms.api import METHODS, Flow, UnknownMethod, yearly_cost

HELP = "yearly cost of a cash flow, as JSON"
# The names published cases use, beside our own.
NAMES = {
    **{name: name for name in METHODS},
    "IRR_PERIODIC_x12": "irr_monthly_x12",
    "XIRR_ACT365_effective_annual": "xirr_act365",
    "CN_IRR_monthly: simple = 12*i, compound = (1+i)^12-1": "irr_monthly_x12",
}
# A Chinese case asks for both conventions: the 24 % line flips between them.
BOTH = "CN_IRR_monthly"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="read and write JSON (the only form)")


def run(arguments: argparse.Namespace) -> int:
    """Answer the case on standard input."""
    del arguments
    print(json.dumps(answer(read_case(sys.stdin.buffer))))
    return 0


def answer(case: dict[str, Any]) -> dict[str, float]:
    """Return {"apr_percent"} and, for a Chinese case, both conventions.

    Raises BadInput, naming the word that is not supported.
    """
    named = case.get("method")
    method = NAMES.get(named) if isinstance(named, str) else None
    if method is None:
        raise UnknownMethod(f"method {named!r} is not supported; known: {', '.join(NAMES)}")
    rows = case.get("flows")
    if not isinstance(rows, list) or not rows:
        raise BadInput('a case has "flows"')
    flows = [_flow(row) for row in rows]
    percent = yearly_cost(flows, method)
    found = {"apr_percent": float(percent)}
    if str(named).startswith(BOTH):
        found["annual_simple_percent"] = float(percent)
        found["annual_compound_percent"] = float(yearly_cost(flows, "irr_compound"))
    return found


def _flow(row: object) -> Flow:
    if not isinstance(row, dict):
        raise BadInput("a flow is an object")
    times = [word for word in ("period", "month", "date") if word in row]
    if len(times) != 1 or set(row) != {times[0], "amount"}:
        raise BadInput(f"a flow has an amount and one of period, month, date; not {sorted(row)}")
    at = row[times[0]]
    if times[0] == "date":
        return Flow(_day(at), decimal_of("amount", row["amount"]))
    if type(at) is not int or not 0 <= at <= 10_000:
        raise BadInput(f"{times[0]} is a whole number from 0")
    return Flow(at, decimal_of("amount", row["amount"]))


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadInput("a date looks like 2026-11-24") from None
