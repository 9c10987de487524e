"""Whether a change of a booked loan may happen, and the event it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tongtu.kernel.errors import Refused
from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent
from tongtu.servicing.model.event import Charge, Target
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.replay import steps_of

# Far above any fee of a consumer loan; more is a slip of the hand.
CHARGE_MINOR_MAX = 10_000_000


def admit(
    terms: FrozenTerms, events: Sequence[LoanEvent], event: LoanEvent, today: date
) -> LoanEvent:
    """Return the event with its amount as it will be booked.

    Raises:
        Refused: it does not fit what happened so far; the code says why.
    """
    state = fold(terms, events, today)
    if event.kind is EventKind.CHARGED:
        _check_charge(terms, event, is_settled=state.settled_on is not None)
        return event
    if event.kind is EventKind.BALANCE_REFUNDED:
        if event.amount_minor > state.surplus_minor:
            raise Refused("more than is owed back", code="more_than_owed_back")
        return event
    named = _named(events, event)
    if event.kind is EventKind.CHARGE_WAIVED:
        return _waiver(terms, events, event, named)
    undo = replace(event, amount_minor=named.amount_minor, value_date=named.value_date)
    refunded = sum(one.amount_minor for one in events if one.kind is EventKind.BALANCE_REFUNDED)
    without = [one for one in events if one.kind is not EventKind.BALANCE_REFUNDED]
    if fold(terms, [*without, undo], today).surplus_minor < refunded:
        raise Refused("what it brought beyond the debt was given back", code="refunded_already")
    return undo


def _check_charge(terms: FrozenTerms, event: LoanEvent, *, is_settled: bool) -> None:
    if is_settled:
        raise Refused("nothing is owed any more", code="loan_settled")
    details = event.details
    assert isinstance(details, Charge), "a charge says when it falls due"
    if not 1 <= event.amount_minor <= CHARGE_MINOR_MAX:
        raise Refused("a charge is 1 fen to 100,000 yuan", code="charge_out_of_bounds")
    if details.due_date is None or details.due_date < terms.opened_on:
        raise Refused("a charge falls due in the loan's life", code="before_disbursement")


def _named(events: Sequence[LoanEvent], event: LoanEvent) -> LoanEvent:
    """Return the event another one names, which must have happened and stand."""
    assert isinstance(event.details, Target), "an undo or waiver names its event"
    wanted = EventKind.REPAID if event.kind is EventKind.UNDONE else EventKind.CHARGED
    for step in steps_of(events):
        if step.event.seq == event.details.seq and step.event.kind is wanted:
            return step.event
    raise Refused("no such event stands on this loan", code="no_such_event")


def _waiver(
    terms: FrozenTerms, events: Sequence[LoanEvent], event: LoanEvent, charge: LoanEvent
) -> LoanEvent:
    """Return the waiver for what is unpaid of the charge on the day."""
    whole = replace(event, amount_minor=charge.amount_minor)
    before = fold(terms, events, terms.rows[-1].due_date)
    after = fold(terms, [*events, whole], terms.rows[-1].due_date)
    unpaid = sum(row.fee_minor for row in before.rows) - sum(row.fee_minor for row in after.rows)
    if unpaid <= 0:
        raise Refused("nothing of the charge is unpaid", code="nothing_to_waive")
    return replace(event, amount_minor=unpaid)
