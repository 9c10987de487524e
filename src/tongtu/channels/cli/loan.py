"""`tongtu loan --json < case`: a loan's instalments after each of its events.

A case is {"inputs": {...}, "events": [...]} in the words of the vectors (amounts in yuan, rates in
percent). What cannot be honoured exactly is named and refused, never ignored.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tongtu.channels.cli.case import answer_cases, declare_forms
from tongtu.channels.cli.loan_events import EVENTS_MAX, event_of
from tongtu.channels.cli.loan_inputs import day_of, terms_of
from tongtu.kernel.errors import BadInput
from tongtu.servicing.api import COMPONENTS, Life, LoanEvent, Portion, Row, as_entered, preview

HELP = "a loan's instalments after each event, as JSON"
_PENALTY, _FEE, _INTEREST, _PRINCIPAL = range(len(COMPONENTS))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    declare_forms(parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer the cases on standard input."""
    return answer_cases(arguments, answer)


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"checkpoints": [...]}, one after every event.

    Raises BadInput naming what cannot be read, or Refused when an event may not happen.
    """
    inputs, words = case.get("inputs"), case.get("events")
    if not isinstance(inputs, dict):
        raise BadInput('a case has "inputs"')
    if not isinstance(words, list) or not 1 <= len(words) <= EVENTS_MAX:
        raise BadInput(f'a case has 1 to {EVENTS_MAX} "events"')
    terms = terms_of(inputs, _first_payout(words))
    events: list[LoanEvent] = []
    checkpoints = []
    for word in words:
        if not isinstance(word, dict):
            raise BadInput("an event is an object")
        event = event_of(word, len(events) + 1, events, terms.is_down_payment_automatic)
        event = as_entered(terms, events, event)
        life = preview(terms, events, event)
        events.append(event)
        checkpoints.append(_checkpoint(life, event))
    return {"checkpoints": checkpoints}


def _first_payout(words: Sequence[Any]) -> date:
    paid_out = [
        day_of("date", word.get("date"))
        for word in words
        if isinstance(word, dict) and word.get("type") == "disbursement"
    ]
    if not paid_out:
        raise BadInput("a loan has a disbursement among its events")
    return min(paid_out)


def _checkpoint(life: Life, event: LoanEvent) -> dict[str, Any]:
    portions = life.parts.get(event.seq, ())
    return {
        "after_events": event.seq,
        "business_date": event.business_date.isoformat(),
        "schedule": schedule_json(life),
        "overpaid": _yuan(life.overpaid_minor),
        "allocation": [_portion_json(portion) for portion in portions],
    }


def schedule_json(life: Life) -> list[dict[str, Any]]:
    """Return the rows as the vectors show them."""
    rows = []
    left = 0
    # Principal put back lies on its row, unless a change of the plan has taken it up.
    taken_up = [(on, -amount) for on, amount in life.credits if amount < 0]
    raised = sorted([*life.disbursed, *taken_up])
    for nr, row in enumerate(life.rows, start=1):
        while raised and raised[0][0] <= row.due:
            left += raised.pop(0)[1]
        left += row.credited[_PRINCIPAL] - row.owed[_PRINCIPAL]
        rows.append(_row_json(nr, row, left))
    return rows


def _row_json(nr: int, row: Row, left: int) -> dict[str, Any]:
    return {
        "nr": nr,
        "days": (row.due - row.start).days,
        "due_date": row.due.isoformat(),
        "principal": _yuan(row.owed[_PRINCIPAL]),
        "interest": _yuan(row.owed[_INTEREST]),
        "fee": _yuan(row.owed[_FEE]),
        "penalty": _yuan(row.owed[_PENALTY]),
        "total": _yuan(sum(row.owed)),
        "outstanding_principal": _yuan(left),
        "is_down_payment": row.is_down_payment,
        "paid_date": row.closed_on.isoformat() if row.closed_on else None,
        "paid": _yuan(sum(row.paid)),
        "in_advance": _yuan(row.in_advance_minor),
        "late": _yuan(row.late_minor),
        "outstanding_due": _yuan(row.unpaid_minor),
    }


def _portion_json(portion: Portion) -> dict[str, str]:
    return {
        "due_date": portion.due_date.isoformat(),
        "component": portion.component.value,
        "amount": _yuan(portion.amount_minor),
        "timing": portion.timing.value,
        "rule": portion.rule,
    }


def _yuan(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"
