"""A loan as people are shown it: every figure comes from the fold. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from tongtu.kernel.ids import PublicIds
from tongtu.servicing.model import InstalmentState, LoanState
from tongtu.servicing.rules.admission import money_of
from tongtu.servicing.rules.delinquency import OverduePause, overdue_days
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.payoff import PayoffQuote
from tongtu.servicing.rules.replay import steps_of
from tongtu.servicing.rules.statement import balances_over
from tongtu.servicing.store.loan import Entered, LoanRow

JSON = dict[str, Any]


def loan_json(
    row: LoanRow,
    entered: Sequence[Entered],
    today: date,
    public: PublicIds,
    pauses: Sequence[OverduePause] = (),
) -> JSON:
    """Return the loan in the shape of GET /v1/loans/{ln}. `lender` is the lender's number."""
    state = fold(row.terms, [one.event for one in entered], today)
    return summary_json(row, state, public, pauses) | {
        "schedule": schedule_json(state),
        "events": [
            {
                "seq": one.event.seq,
                "kind": one.event.kind.value,
                "date": one.event.value_date.isoformat(),
                "amount_minor": one.event.amount_minor,
                "parts": _parts_json(one),
            }
            for one in entered
        ],
    }


def summary_json(
    row: LoanRow, state: LoanState, public: PublicIds, pauses: Sequence[OverduePause] = ()
) -> JSON:
    """Return the head of a loan: the shape of the items of GET /v1/loans.

    Its days late are those that count: without the paused ones.
    """
    following = state.next_row
    return {
        "loan": public.show("loan", row.id),
        "application": public.show("application", row.application),
        "agreement": public.show("agreement", row.agreement),
        "state": state.status.value,
        "lender": row.lender,
        "product": row.product,
        "principal_minor": row.terms.principal_minor,
        "rate_bps": row.terms.rate_bps,
        "overdue_rate_bps": state.overdue_rate_bps,
        "opened_on": row.terms.opened_on.isoformat(),
        "settled_on": state.settled_on.isoformat() if state.settled_on else None,
        "outstanding_minor": state.outstanding_minor,
        "interest_accrued_minor": state.interest_minor,
        "interest_paid_minor": state.paid_interest_minor + state.paid_overdue_minor,
        "next_due": None
        if following is None
        else {
            "nr": following.nr,
            "date": following.due_date.isoformat(),
            "amount_minor": following.unpaid_minor,
        },
        "overdue_minor": state.overdue_minor,
        "overdue_interest_minor": state.overdue_interest_minor,
        "dpd": overdue_days(state.oldest_late, state.as_of, pauses),
        "payoff_minor": state.payoff_minor,
        "limit_minor": state.limit_minor,
        "owed_back_minor": state.surplus_minor,
    }


def statement_json(
    row: LoanRow, entered: Sequence[Entered], days: tuple[date, date], public: PublicIds
) -> JSON:
    """Return the loan's movements of some days with the principal left after each.

    What is owed before the first and after the last day stands beside, and where the loan stood, as
    it was known then.
    """
    opened_on, closed_on = days
    balances = balances_over(row.terms, [one.event for one in entered], opened_on, closed_on)
    entered = [one for one in entered if one.event.business_date <= closed_on]
    events = [one.event for one in entered]
    lines = []
    for count, one in enumerate(entered, start=1):
        if one.event.business_date < opened_on:
            continue
        after = fold(row.terms, events[:count], one.event.value_date)
        lines.append(
            {
                "seq": one.event.seq,
                "kind": one.event.kind.value,
                "date": one.event.value_date.isoformat(),
                "business_date": one.event.business_date.isoformat(),
                "payment": public.show("payment", one.event.payment)
                if one.event.payment is not None
                else None,
                "amount_minor": one.event.amount_minor,
                "parts": _parts_json(one),
                "outstanding_minor": after.outstanding_minor,
            }
        )
    state = fold(row.terms, events, closed_on)
    happened = [step.event for step in steps_of(events)]
    repaid = sum(money_of(happened, event) for event in happened)
    return {
        "loan": public.show("loan", row.id),
        "as_of": closed_on.isoformat(),
        "opened_on": opened_on.isoformat(),
        "closed_on": closed_on.isoformat(),
        "opening_minor": balances.opening_minor,
        "lent_minor": balances.lent_minor,
        "claimed_minor": balances.claimed_minor,
        "received_minor": balances.received_minor,
        "closing_minor": balances.closing_minor,
        "principal_minor": row.terms.principal_minor,
        "repaid_minor": repaid,
        "interest_paid_minor": state.paid_interest_minor + state.paid_overdue_minor,
        "fee_paid_minor": state.paid_fee_minor,
        "outstanding_minor": state.outstanding_minor,
        "payoff_minor": state.payoff_minor,
        "state": state.status.value,
        "lines": lines,
    }


def payoff_json(
    row: LoanRow, quotes: Sequence[PayoffQuote], today: date, public: PublicIds
) -> JSON:
    """Return the quotes in the shape of GET /v1/loans/{ln}/payoff."""
    return {
        "loan": public.show("loan", row.id),
        "as_of": today.isoformat(),
        "valid_until": quotes[-1].on.isoformat() if quotes else None,
        "quotes": [
            {
                "date": quote.on.isoformat(),
                "principal_minor": quote.principal_minor,
                "interest_minor": quote.interest_minor,
                "overdue_interest_minor": quote.overdue_interest_minor,
                "fee_minor": quote.fee_minor,
                "total_minor": quote.total_minor,
            }
            for quote in quotes
        ],
    }


def schedule_json(state: LoanState) -> list[JSON]:
    """Return the instalments as people are shown them."""
    return [_row_json(instalment) for instalment in state.rows]


def _row_json(instalment: InstalmentState) -> JSON:
    return {
        "nr": instalment.nr,
        "due_date": instalment.due_date.isoformat(),
        "principal_minor": instalment.principal_minor,
        "interest_minor": instalment.interest_minor,
        "fee_minor": instalment.fee_minor,
        "total_minor": instalment.total_minor,
        "paid_minor": instalment.paid_minor,
        "state": instalment.status.value,
    }


def _parts_json(one: Entered) -> list[JSON]:
    return [
        {"nr": part.nr, "component": str(part.component), "amount_minor": part.amount_minor}
        for part in one.parts
    ]
