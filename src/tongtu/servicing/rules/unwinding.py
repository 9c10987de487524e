"""Terms that count as if a part of them had never been agreed, and what is paid under them. Pure.

All goods came back within the rule: neither interest nor fee. The borrower withdrew from the
contract: the plan is void. One row asks for the principal on the last day to pay it back, with
interest by the day where the law lets it be asked for; there is no fee, and nothing for being late
beyond the interest itself, which runs until the money is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from tongtu.servicing.model.event import (
    EventKind,
    GoodsBack,
    LoanEvent,
    OverdueCap,
    Pause,
    Withdrawal,
)
from tongtu.servicing.model.life import Life, Row
from tongtu.servicing.model.loan import FrozenTerms, Planned
from tongtu.servicing.model.policy import INTEREST, PRINCIPAL
from tongtu.servicing.rules.allocation import Purse, Spent, timing_of
from tongtu.servicing.rules.late import nights
from tongtu.servicing.rules.recalculation import roll
from tongtu.servicing.rules.signed import earned_interest, pay_overdue, prorata

ONE_DAY = timedelta(days=1)
# What was agreed, or granted, of a plan and its fees that is void since.
_VOID = frozenset(
    {
        EventKind.CHARGED,
        EventKind.CHARGE_WAIVED,
        EventKind.RESCHEDULED,
        EventKind.RE_AGED,
        EventKind.RE_AMORTIZED,
        EventKind.INTEREST_PAUSED,
    }
)
_REPAYMENTS = frozenset({EventKind.REPAID, EventKind.RECOVERED})


def unwound(terms: FrozenTerms, events: Sequence[LoanEvent]) -> FrozenTerms:
    """Return the terms as they count after `events`; the signed ones where nothing unwinds them."""
    withdrawal = withdrawal_of(events)
    if withdrawal is not None:
        terms = _without_plan(terms, withdrawal, events)
    if any(isinstance(one.details, GoodsBack) and one.details.is_whole for one in events):
        rows = tuple(replace(row, fee_minor=0, interest_minor=0) for row in terms.rows)
        return replace(terms, overdue_rate_bps=0, rows=rows)
    return terms


def caps_of(events: Iterable[LoanEvent]) -> tuple[tuple[date, int], ...]:
    """Return from which night on the law caps overdue interest, and at how many bps, in order.

    The interest of a day lies in the night before it.
    """
    caps = [one.details for one in events if isinstance(one.details, OverdueCap)]
    nights = [(cap.since - ONE_DAY if cap.since else date.min, cap.rate_bps) for cap in caps]
    return tuple(sorted(nights))


def withdrawal_of(events: Iterable[LoanEvent]) -> LoanEvent | None:
    """Return the event by which the borrower withdrew; None where they did not."""
    return next((one for one in events if one.kind is EventKind.WITHDRAWN), None)


def as_withdrawn(event: LoanEvent, withdrawal: LoanEvent) -> LoanEvent | None:
    """Return an event as it counts since the borrower withdrew; None for what is void.

    A repayment keeps its own day and is principal before all else, whenever it came.
    """
    if event.kind in _VOID:
        return None
    if event.kind in _REPAYMENTS and not isinstance(event.details, GoodsBack):
        return replace(event, details=withdrawal.details)
    return event


def pay_back(life: Life, event: LoanEvent, amount_minor: int) -> Spent:
    """Let a repayment pay principal, from its day on, and then the interest of the days before."""
    on = event.value_date
    purse = Purse(life.terms.allocation.rule_for(event.kind), on, amount_minor, None)
    for row in life.rows:
        if row.is_planned and on < row.due:
            _begin_anew(life, row, event)
        elif row.ahead_minor is None:
            row.ahead_minor = 0  # its days are over: what pays it now lowers nothing of them
        purse.pay_row(row, (PRINCIPAL,), timing_of(row, on), purse.left)
    roll(life)
    for row in life.rows:
        interest = earned_interest(row, on) - row.paid[INTEREST]
        purse.pay_row(row, (INTEREST,), timing_of(row, on), interest)
    pay_overdue(life, purse)
    roll(life)
    return Spent(tuple(purse.portions), purse.left, purse.reduced)


def _begin_anew(life: Life, row: Row, event: LoanEvent) -> None:
    """Claim at once what a running row has earned, and let it grow on what is left from the day."""
    on, days = event.value_date, (row.due - row.start).days
    growing, balance = row.planned_interest_minor, row.open(PRINCIPAL)
    earned = prorata(growing, min(max((on - row.start).days, 0), days), days)
    left = balance - min(event.amount_minor, balance)
    row.credit(INTEREST, earned)
    row.agreed_minor = (growing - earned) * left // balance if balance else 0
    row.ahead_minor = 0
    life.seed = row.start = max(row.start, on)
    roll(life)


def _without_plan(
    terms: FrozenTerms, withdrawal: LoanEvent, events: Sequence[LoanEvent]
) -> FrozenTerms:
    """Return one row: the principal, and the first period's interest a day for each of its days.

    Rounded down, so that nothing is ever more than what was signed. Days on which interest was
    paused bear none.
    """
    details, first = withdrawal.details, terms.rows[0]
    assert isinstance(details, Withdrawal), "a withdrawal says what is owed"
    due = max(details.repay_by or withdrawal.value_date, terms.opened_on + ONE_DAY)
    pauses = [one.details for one in events if isinstance(one.details, Pause)]
    days = nights(pauses, terms.opened_on, due)
    interest = first.interest_minor * days // (first.due_date - first.start).days
    if not details.is_interest_owed:
        interest = 0
    return replace(
        terms,
        rows=(Planned(1, terms.opened_on, due, terms.principal_minor, interest, 0),),
        # The agreed interest goes on until the principal is back, (EU) 2023/2225 Art. 26(5); none
        # above it is owed for being late with it.
        overdue_rate_bps=min(terms.rate_bps, terms.overdue_rate_bps) if interest else 0,
    )
