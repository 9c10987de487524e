"""`tongtu schedule --json < case`: the instalments of loan terms; `--jsonl` for many cases.

A case is {"inputs": {...}} in the words of the vectors (amounts in yuan, rates in percent). A word
this product cannot honour exactly is named and refused, never ignored.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongtu.channels.cli.case import answer_cases, declare_forms
from tongtu.kernel.errors import BadInput
from tongtu.terms.api import Instalment, PrepaidInterest, Schedule, case_of, schedule

HELP = "repayment schedule of loan terms, as JSON"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    declare_forms(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the cases on standard input."""
    return answer_cases(arguments, answer)


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"schedule": rows, "totals"} in the shape of the vectors.

    Interest in advance is in no row: it stands beside, in "prepaid_interest".

    Raises BadInput, naming the word that is missing or not supported.
    """
    inputs = case.get("inputs")
    if not isinstance(inputs, dict):
        raise BadInput('a case has "inputs"')
    if case.get("events"):
        raise BadInput("events is not supported here: a schedule is a loan without events")
    asked = case_of(inputs)
    made = schedule(asked.terms, asked.disbursements)
    found = {"schedule": [_row(row) for row in made.rows], "totals": _totals(made)}
    if made.prepaid:
        found["prepaid_interest"] = [_prepaid(one) for one in made.prepaid]
    return found


def _row(row: Instalment) -> dict[str, Any]:
    found = {
        "nr": row.nr,
        "days": row.days,
        "due_date": row.due_date.isoformat(),
        "principal": yuan(row.principal_minor),
        "interest": yuan(row.interest_minor),
        "fee": yuan(row.fee_minor),
        "penalty": yuan(0),
        "total": yuan(row.total_minor),
        "outstanding_principal": yuan(row.outstanding_minor),
    }
    return found | {"is_down_payment": True} if row.is_down_payment else found


def _prepaid(one: PrepaidInterest) -> dict[str, Any]:
    return {
        "payer": one.payer.value,
        "due_date": one.due_date.isoformat(),
        "amount": yuan(one.amount_minor),
        "from": one.start.isoformat(),
        "to": one.end.isoformat(),
    }


def _totals(made: Schedule) -> dict[str, str]:
    return {
        "principal": yuan(made.principal_minor),
        "interest": yuan(made.interest_minor),
        "fee": yuan(sum(row.fee_minor for row in made.rows)),
        "penalty": yuan(0),
        "total": yuan(made.total_minor),
    }


def yuan(minor: int) -> str:
    """Return fen as yuan with two decimals."""
    return f"{Decimal(minor) / 100:.2f}"
