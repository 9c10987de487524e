"""What an event would do, and whether it may happen: the preview is the later result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tongtu.kernel.errors import Refused
from tongtu.servicing.model.event import Charge, EventKind, LoanEvent
from tongtu.servicing.model.life import Life
from tongtu.servicing.model.policy import ServicingTerms
from tongtu.servicing.rules.replay import OF_PLAN, replay

_NEEDS_NO_DEBT = frozenset({EventKind.DISBURSED, EventKind.DAY_CLOSED})


def as_entered(terms: ServicingTerms, events: Sequence[LoanEvent], event: LoanEvent) -> LoanEvent:
    """Return an event as it is kept: a pay-off with the amount that settles the loan on its day.

    It stays what was paid, whatever becomes known of the days before it.
    """
    if event.kind is not EventKind.PAID_OFF or event.amount_minor:
        return event
    on = event.value_date
    settled, before = replay(terms, [*events, event], on), replay(terms, events, on)
    return replace(event, amount_minor=settled.received_minor - before.received_minor)


def preview(terms: ServicingTerms, events: Sequence[LoanEvent], event: LoanEvent) -> Life:
    """Return the loan as it would stand after one more event.

    Raises:
        Refused: nothing was paid out, it lies before the loan, more would be given back than lies
            beyond the debt, or a loan that was written off has no plan to change.
    """
    business_date = max(one.business_date for one in [*events, event])
    if event.kind in _NEEDS_NO_DEBT:
        return replay(terms, [*events, event], business_date)
    before = replay(terms, events, business_date)
    if not before.rows or before.seed is None:
        raise Refused("nothing was paid out yet", code="not_disbursed")
    if event.kind in OF_PLAN and before.written_off_on is not None:
        raise Refused("it was written off: nothing of its plan is left", code="loan_not_live")
    if event.value_date < before.seed and not isinstance(event.details, Charge):
        raise Refused("the loan had not begun on that day", code="before_disbursement")
    paid = sum(sum(row.paid) for row in before.rows) + before.overpaid_minor
    if event.kind is EventKind.CASH_REFUNDED and event.amount_minor > paid:
        raise Refused("more than was paid", code="more_than_paid")
    if event.kind is EventKind.BALANCE_REFUNDED and event.amount_minor > before.overpaid_minor:
        raise Refused("more than is owed back", code="more_than_owed_back")
    return replay(terms, [*events, event], business_date)
