"""The life of a loan from its events: life = replay(terms, events, as_of). Pure.

Events count in order of the day they take effect, then of entry; one that was undone never
happened. So an event entered late gives what it would have given in time, and the preview of an
event is the replay with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tongtu.servicing.model.event import (
    Charge,
    EventKind,
    LoanEvent,
    Pause,
    ReAge,
    Reschedule,
    Target,
)
from tongtu.servicing.model.life import Life
from tongtu.servicing.model.policy import INTEREST, PRINCIPAL, ServicingTerms
from tongtu.servicing.rules import (
    charge,
    credit,
    goods,
    overdue,
    payment,
    reschedule,
    signed_change,
)
from tongtu.servicing.rules.late import run_up
from tongtu.servicing.rules.plan import disburse
from tongtu.servicing.rules.recalculation import is_moving, is_rolled, roll
from tongtu.servicing.rules.signed import born, freeze, settle_if_paid


@dataclass(frozen=True, slots=True)
class Step:
    """An event and whether its down payment was undone."""

    event: LoanEvent
    has_down_payment: bool = True


def replay(terms: ServicingTerms, events: Iterable[LoanEvent], as_of: date) -> Life:
    """Return the loan after `events`, looked at on a day."""
    return run(born(terms), steps_of(events), as_of)


def run(life: Life, steps: Iterable[Step], as_of: date) -> Life:
    """Apply steps in order and look at the loan on a day; the life is changed and returned."""
    advance(life, steps)
    life.as_of = max(as_of, life.as_of)
    if is_moving(life):
        roll(life, anew=False)
        payment.release(life, life.seq, life.as_of)
    return life


def advance(life: Life, steps: Iterable[Step]) -> None:
    """Apply steps in order. Rows to come may wait to be reckoned."""
    for step in steps:
        seq, on = step.event.seq, effective_on(step.event)
        life.seq, life.as_of = seq, on
        if life.terms.signed is not None:
            run_up(life, on)
        is_payment = step.event.kind in _PAYMENTS
        if is_moving(life) and not (is_payment and is_rolled(life, on)):
            roll(life, on if is_payment else None, anew=False)
            payment.release(life, seq, on)
        apply(life, step)
        if not is_payment:
            payment.release(life, seq, on)
        if life.terms.signed is not None:
            settle_if_paid(life, on)


def steps_of(events: Iterable[LoanEvent]) -> list[Step]:
    """Return what happened, in the order it counts, without what was undone."""
    known = list(events)
    undone = _undone(known)
    if not undone:
        return sorted(map(Step, known), key=lambda step: order_of(step.event))
    steps = [
        Step(event, Target(event.seq, is_down_payment=True) not in undone)
        for event in known
        if event.kind is not EventKind.UNDONE and Target(event.seq) not in undone
    ]
    return sorted(steps, key=lambda step: order_of(step.event))


def order_of(event: LoanEvent) -> tuple[date, int]:
    """Return the place of an event among others."""
    return effective_on(event), event.seq


def effective_on(event: LoanEvent) -> date:
    """Return the day an event takes effect.

    A charge can be paid from the day it is known or due, whichever comes first; a change of
    instalments holds from the day it is entered or from its own first day.
    """
    details = event.details
    if isinstance(details, Charge) and event.kind is EventKind.CHARGED:
        return min(details.due_date or event.business_date, event.business_date)
    if isinstance(details, Reschedule):
        return min(details.from_date, event.business_date)
    if isinstance(details, Pause):
        return min(details.start, event.business_date)
    return event.value_date


def _undone(events: Sequence[LoanEvent]) -> set[Target]:
    """Return what was undone; undoing an undo brings it back."""
    undone: set[Target] = set()
    undoing = [event for event in events if event.kind is EventKind.UNDONE]
    for event in sorted(undoing, key=lambda event: -event.seq):
        if isinstance(event.details, Target) and Target(event.seq) not in undone:
            undone.add(event.details)
    return undone


def apply(life: Life, step: Step) -> None:
    """Let one event change the life.

    A booked loan that money of an earlier day settled has no plan any more: what was changed of it
    since, before that money was known, changes nothing.
    """
    has_ended = life.settled_on is not None or life.written_off_on is not None
    if has_ended and life.terms.signed is not None and step.event.kind in OF_PLAN:
        return
    _APPLY[step.event.kind](life, step)


def _disbursed(life: Life, step: Step) -> None:
    event = step.event
    if life.terms.signed is not None:
        return  # its rows stand from the start
    ahead = min(life.overpaid_minor, event.amount_minor)
    down = disburse(life, event.value_date, event.amount_minor)
    payment.spend_overpaid(life, event, ahead)
    if life.terms.is_down_payment_automatic and step.has_down_payment:
        payment.receive(life, event, max(down - ahead, 0), EventKind.DOWN_PAID)


def _received(life: Life, step: Step) -> None:
    payment.receive(life, step.event, step.event.amount_minor, step.event.kind)


def _paid_off(life: Life, step: Step) -> None:
    payment.pay_off(life, step.event)


def _charged(life: Life, step: Step) -> None:
    details = step.event.details
    assert isinstance(details, Charge)
    if life.terms.signed is not None:
        if life.settled_on is not None or life.written_off_on is not None:
            return  # it bears no more
        details = replace(details, due_date=details.due_date or step.event.value_date)
    charge.add_charge(life, step.event, details)


def _waived(life: Life, step: Step) -> None:
    details = step.event.details
    assert isinstance(details, Target)
    charge.waive(life, details.seq, step.event.value_date)


def _charged_back(life: Life, step: Step) -> None:
    details = step.event.details
    assert isinstance(details, Target)
    if life.terms.signed is not None:
        signed_change.charge_back(life, step.event, details.seq)
        return
    covered = credit.charge_back(life, step.event, details.seq)
    payment.spend(life, step.event, covered, EventKind.REPAID)
    _reroll(life)


def _credited(slot: int) -> Callable[[Life, Step], None]:
    def put_back(life: Life, step: Step) -> None:
        credit.credit(life, step.event.value_date, slot, step.event.amount_minor)
        _reroll(life)

    return put_back


def _balance_refunded(life: Life, step: Step) -> None:
    credit.give_back(life, step.event.value_date, step.event.amount_minor)
    _reroll(life)


def _cash_refunded(life: Life, step: Step) -> None:
    credit.refund_in_cash(life, step.event.value_date, step.event.amount_minor)
    _reroll(life)


def _rescheduled(life: Life, step: Step) -> None:
    details = step.event.details
    assert isinstance(details, Reschedule)
    reschedule.reschedule(life, details)
    if life.terms.signed is not None:
        freeze(life)


def _re_aged(life: Life, step: Step) -> None:
    details = step.event.details
    assert isinstance(details, ReAge)
    if life.terms.signed is not None:
        signed_change.re_age(life, step.event.value_date, details)
        return
    reschedule.re_age(life, step.event.value_date, details)


def _re_amortized(life: Life, step: Step) -> None:
    change = reschedule if life.terms.signed is None else signed_change
    change.re_amortize(life, step.event.value_date)


def _paused(life: Life, step: Step) -> None:
    details = step.event.details
    assert isinstance(details, Pause)
    if life.terms.signed is not None:
        signed_change.pause(life, details)
        return
    life.pauses = (*life.pauses, details)
    roll(life)


def _charged_off(life: Life, step: Step) -> None:
    if life.terms.signed is not None:
        payment.note(life, step.event, signed_change.charge_off(life, step.event))
    life.charged_off_on = life.charged_off_on or step.event.value_date


def _written_off(life: Life, step: Step) -> None:
    if life.terms.signed is not None:
        payment.note(life, step.event, signed_change.write_off(life, step.event))
        return
    life.written_off_on = life.written_off_on or step.event.value_date
    for row in life.rows:
        for slot in range(4):
            amount = max(row.open(slot), 0)
            charge.let_off(row, slot, amount, step.event.value_date)
            life.let_off_minor += amount


def _recovered(life: Life, step: Step) -> None:
    if life.terms.signed is not None and life.written_off_on is not None:
        signed_change.recover(life, step.event)
    else:
        _received(life, step)


def _day_closed(life: Life, step: Step) -> None:
    overdue.charge_late(life, step.event)


def _given_up(life: Life, step: Step) -> None:
    goods.give_up(life, step.event)


def _of_terms(life: Life, step: Step) -> None:
    """Move nothing: the terms themselves count otherwise from the first day (`unwinding`)."""
    assert life.terms.signed is not None, "only a booked loan has terms that were signed"
    assert step.event.details is not None


def _reroll(life: Life) -> None:
    if life.terms.signed is not None or life.credits or is_moving(life):
        roll(life)


# Kinds that bring money in; they see to the rows they need themselves.
_PAYMENTS = frozenset(
    {
        EventKind.REPAID,
        EventKind.DOWN_PAID,
        EventKind.MERCHANT_REFUNDED,
        EventKind.PAYOUT_REFUNDED,
        EventKind.GOODWILL_CREDITED,
        EventKind.CHARGE_ADJUSTED,
        EventKind.RECOVERED,
        EventKind.COMPENSATED,
    }
)
OF_PLAN = frozenset(
    {
        EventKind.RESCHEDULED,
        EventKind.RE_AGED,
        EventKind.RE_AMORTIZED,
        EventKind.INTEREST_PAUSED,
    }
)
_APPLY: Mapping[EventKind, Callable[[Life, Step], None]] = {
    EventKind.DISBURSED: _disbursed,
    **dict.fromkeys(_PAYMENTS, _received),
    EventKind.RECOVERED: _recovered,
    EventKind.PAID_OFF: _paid_off,
    EventKind.CHARGED: _charged,
    EventKind.CHARGE_WAIVED: _waived,
    EventKind.CHARGED_BACK: _charged_back,
    EventKind.PRINCIPAL_CREDITED: _credited(PRINCIPAL),
    EventKind.INTEREST_CREDITED: _credited(INTEREST),
    EventKind.BALANCE_REFUNDED: _balance_refunded,
    EventKind.CASH_REFUNDED: _cash_refunded,
    EventKind.RESCHEDULED: _rescheduled,
    EventKind.RE_AGED: _re_aged,
    EventKind.RE_AMORTIZED: _re_amortized,
    EventKind.INTEREST_PAUSED: _paused,
    EventKind.CHARGED_OFF: _charged_off,
    EventKind.WRITTEN_OFF: _written_off,
    EventKind.DAY_CLOSED: _day_closed,
    EventKind.WITHDRAWN: _of_terms,
    EventKind.OVERDUE_CAPPED: _of_terms,
    EventKind.IMPORTED: _disbursed,
    EventKind.IMPORT_UNDONE: _given_up,
}
