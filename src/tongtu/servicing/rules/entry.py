"""What an event would do, and whether it may happen: the preview is the later result."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.kernel.errors import Refused
from tongtu.servicing.model.event import Charge, EventKind, LoanEvent
from tongtu.servicing.model.life import Life
from tongtu.servicing.model.policy import ServicingTerms
from tongtu.servicing.rules.replay import replay

_NEEDS_NO_DEBT = frozenset({EventKind.DISBURSED, EventKind.DAY_CLOSED})


def preview(terms: ServicingTerms, events: Sequence[LoanEvent], event: LoanEvent) -> Life:
    """Return the loan as it would stand after one more event.

    Raises:
        Refused: nothing was paid out, it lies before the loan, or more would be given back than
            lies beyond the debt.
    """
    business_date = max(one.business_date for one in [*events, event])
    if event.kind in _NEEDS_NO_DEBT:
        return replay(terms, [*events, event], business_date)
    before = replay(terms, events, business_date)
    if not before.rows or before.seed is None:
        raise Refused("nothing was paid out yet", code="not_disbursed")
    if event.value_date < before.seed and not isinstance(event.details, Charge):
        raise Refused("the loan had not begun on that day", code="before_disbursement")
    if event.kind is EventKind.BALANCE_REFUNDED and event.amount_minor > before.overpaid_minor:
        raise Refused("more than is owed back", code="more_than_owed_back")
    return replay(terms, [*events, event], business_date)
