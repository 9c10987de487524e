"""Terms that count as if a part of them had never been agreed. Pure.

All goods came back within the rule: neither interest nor fee. The borrower withdrew from the
contract: no fee, nothing for being late with a plan that is void, and interest only where the law
lets it be asked for, by the day. What was paid before counts as principal that never was lent, so
nothing has to be sent back, and no day is paid for that was not used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tongtu.servicing.model.event import Early, EventKind, GoodsBack, LoanEvent, Withdrawal
from tongtu.servicing.model.loan import FrozenTerms


def unwound(terms: FrozenTerms, events: Iterable[LoanEvent]) -> FrozenTerms:
    """Return the terms as they count after `events`; the signed ones where nothing unwinds them."""
    for event in events:
        if isinstance(event.details, GoodsBack) and event.details.is_whole:
            return _without(terms, is_interest_owed=False)
        if isinstance(event.details, Withdrawal):
            terms = _without(terms, is_interest_owed=event.details.is_interest_owed)
    return terms


def withdrawn_at(events: Iterable[LoanEvent]) -> int | None:
    """Return the number of the event by which the borrower withdrew; None where they did not."""
    return next((one.seq for one in events if one.kind is EventKind.WITHDRAWN), None)


def paid_at_once(event: LoanEvent, terms: FrozenTerms, withdrawn: int) -> LoanEvent:
    """Return a repayment of before the withdrawal as it counts since: principal of the first day.

    By the plan it would have paid interest ahead, for days nobody used.
    """
    if event.kind is not EventKind.REPAID or event.seq > withdrawn:
        return event
    return replace(event, value_date=terms.opened_on, details=Early(is_shortened=True))


def _without(terms: FrozenTerms, *, is_interest_owed: bool) -> FrozenTerms:
    rows = tuple(
        replace(row, fee_minor=0, interest_minor=row.interest_minor if is_interest_owed else 0)
        for row in terms.rows
    )
    return replace(terms, overdue_rate_bps=0, rows=rows)
