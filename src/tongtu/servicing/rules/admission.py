"""Whether a change of a booked loan may happen, and the event it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tongtu.kernel.errors import Broken, Refused
from tongtu.servicing.model import EventKind, FrozenTerms, LoanEvent, LoanState, LoanStatus
from tongtu.servicing.model.event import (
    PLAN_RULES,
    Charge,
    GivenUp,
    OtherWay,
    OverdueCap,
    Pause,
    ReAge,
    Reschedule,
    Target,
)
from tongtu.servicing.model.loan import ROWS_MAX
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.postings import difference
from tongtu.servicing.rules.replay import steps_of
from tongtu.servicing.rules.unwinding import withdrawal_of

# Far above any fee of a consumer loan; more is a slip of the hand.
CHARGE_MINOR_MAX = 10_000_000
# A plan may rest or grow by so many instalments in one change; longer relief is a new decision.
GRACE_MAX = 12
EXTRA_TERMS_MAX = 60
PAUSE_DAYS_MAX = 366
# A receipt, a counter, a transfer by hand: named in a line.
HOW_MAX = 200

_PLAN = frozenset(
    {
        EventKind.RESCHEDULED,
        EventKind.RE_AGED,
        EventKind.RE_AMORTIZED,
        EventKind.INTEREST_PAUSED,
    }
)
_ALWAYS = frozenset({EventKind.UNDONE, EventKind.BALANCE_REFUNDED})
_ALLOWED: Mapping[LoanStatus, frozenset[EventKind]] = {
    LoanStatus.LIVE: _ALWAYS
    | _PLAN
    | {
        EventKind.CHARGED,
        EventKind.CHARGE_WAIVED,
        EventKind.CHARGED_BACK,
        EventKind.CASH_REFUNDED,
        EventKind.CHARGED_OFF,
        EventKind.WRITTEN_OFF,
        EventKind.WITHDRAWN,
        EventKind.OVERDUE_CAPPED,
    },
    LoanStatus.SETTLED: _ALWAYS | {EventKind.CHARGED_BACK},
    LoanStatus.CHARGED_OFF: _ALWAYS
    | {EventKind.CHARGE_WAIVED, EventKind.CHARGED_BACK, EventKind.WRITTEN_OFF},
    LoanStatus.WRITTEN_OFF: _ALWAYS,
}
# What needs a contract: one that was withdrawn from has no plan and bears no fee.
_OF_CONTRACT = _PLAN | {EventKind.CHARGED, EventKind.WITHDRAWN}
# What an undo may take back; an undo itself stands.
_UNDOABLE = _PLAN | {
    EventKind.REPAID,
    EventKind.RECOVERED,
    EventKind.CHARGED_BACK,
    EventKind.CHARGED_OFF,
    EventKind.WRITTEN_OFF,
}
MONEY_IN = frozenset({EventKind.REPAID, EventKind.RECOVERED, EventKind.MERCHANT_REFUNDED})
GOING_BACK = frozenset({EventKind.UNDONE, EventKind.CHARGED_BACK})
MONEY_OUT = frozenset({EventKind.BALANCE_REFUNDED, EventKind.CHARGED_BACK, EventKind.CASH_REFUNDED})


def admit(
    terms: FrozenTerms, events: Sequence[LoanEvent], event: LoanEvent, today: date
) -> LoanEvent:
    """Return the event with its amount as it will be booked.

    Raises:
        Refused: it does not fit what happened so far; the code says why.
    """
    asked = _Asked(terms, events, event, today, fold(terms, events, today))
    if event.kind not in _ALLOWED[asked.state.status]:
        code = "loan_settled" if asked.state.settled_on is not None else "loan_not_live"
        raise Refused("the loan does not stand so that this can happen", code=code)
    if event.kind in _OF_CONTRACT and withdrawal_of(asked.standing()) is not None:
        raise Refused("its contract was withdrawn from", code="withdrawn_already")
    admitted = _ADMIT[event.kind](asked)
    return _check_money(asked, admitted)


def money_of(events: Sequence[LoanEvent], event: LoanEvent) -> int:
    """Return what an event brings in; below zero is money that goes back."""
    if event.kind is EventKind.UNDONE and isinstance(event.details, Target):
        named = next(one for one in events if one.seq == event.details.seq)
        return -money_of(events, named)
    if event.kind in MONEY_IN:
        return event.amount_minor
    return -event.amount_minor if event.kind in MONEY_OUT else 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A change and the loan it is asked of."""

    terms: FrozenTerms
    events: Sequence[LoanEvent]
    event: LoanEvent
    today: date
    state: LoanState

    def standing(self) -> list[LoanEvent]:
        """Return the events that were not undone."""
        return [step.event for step in steps_of(self.events)]

    def named(self, kinds: frozenset[EventKind]) -> LoanEvent:
        """Return the event another one names, which must have happened and stand."""
        details = self.event.details
        assert isinstance(details, Target), "it names its event"
        for one in self.standing():
            if one.seq == details.seq and one.kind in kinds:
                return one
        raise Refused("no such event stands on this loan", code="no_such_event")


def _check_money(asked: _Asked, event: LoanEvent) -> LoanEvent:
    """Refuse what the loan cannot give back or take: the books would not close over it."""
    before = fold(asked.terms, asked.events, asked.today)
    try:
        after = fold(asked.terms, [*asked.events, event], asked.today)
    except Broken as broken:
        if broken.code != "over_refunded":
            raise
        raise Refused("money that it covered was given back", code="refunded_already") from None
    if difference(before, after).received_minor != money_of(asked.events, event):
        raise Refused("it does not fit what happened since", code="does_not_fit")
    if after.outstanding_minor > asked.terms.principal_minor:
        raise Refused("more would be owed than was lent", code="does_not_fit")
    return event


def _charge(asked: _Asked) -> LoanEvent:
    details = asked.event.details
    assert isinstance(details, Charge), "a charge says when it falls due"
    if not 1 <= asked.event.amount_minor <= CHARGE_MINOR_MAX:
        raise Refused("a charge is 1 fen to 100,000 yuan", code="charge_out_of_bounds")
    if details.due_date is None or details.due_date < asked.terms.opened_on:
        raise Refused("a charge falls due in the loan's life", code="before_disbursement")
    return asked.event


def _waiver(asked: _Asked) -> LoanEvent:
    """Return the waiver for what is unpaid of the charge on the day."""
    charge, last = asked.named(frozenset({EventKind.CHARGED})), asked.terms.rows[-1].due_date
    whole = replace(asked.event, amount_minor=charge.amount_minor)
    before = fold(asked.terms, asked.events, last)
    after = fold(asked.terms, [*asked.events, whole], last)
    unpaid = sum(row.fee_minor for row in before.rows) - sum(row.fee_minor for row in after.rows)
    if unpaid <= 0:
        raise Refused("nothing of the charge is unpaid", code="nothing_to_waive")
    return replace(asked.event, amount_minor=unpaid)


def _refund_of_balance(asked: _Asked) -> LoanEvent:
    details = asked.event.details
    if isinstance(details, OtherWay) and not 1 <= len(details.how) <= HOW_MAX:
        raise Refused("how it was paid is said in 1 to 200 characters", code="change_out_of_bounds")
    if not 1 <= asked.event.amount_minor <= asked.state.surplus_minor:
        raise Refused("more than is owed back", code="more_than_owed_back")
    return asked.event


def _refund_in_cash(asked: _Asked) -> LoanEvent:
    paid = sum(row.paid_minor for row in asked.state.rows) + asked.state.surplus_minor
    if not 1 <= asked.event.amount_minor <= paid:
        raise Refused("more than was paid", code="more_than_paid")
    return asked.event


def _charge_back(asked: _Asked) -> LoanEvent:
    payment = asked.named(frozenset({EventKind.REPAID}))
    details = asked.event.details
    back = sum(
        one.amount_minor
        for one in asked.standing()
        if one.kind is EventKind.CHARGED_BACK and one.details == details
    )
    if not 1 <= asked.event.amount_minor <= payment.amount_minor - back:
        raise Refused("more than the payment still is", code="more_than_paid")
    if asked.event.value_date < payment.value_date:
        raise Refused("a payment goes back after it came", code="before_payment")
    return asked.event


def _undo(asked: _Asked) -> LoanEvent:
    # Money that was given back is here again only by the bank's word, which is a payment.
    is_banks = asked.event.payment is not None
    named = asked.named(_UNDOABLE | MONEY_OUT if is_banks else _UNDOABLE)
    if any(
        one.kind is EventKind.CHARGED_BACK and one.details == Target(named.seq)
        for one in asked.standing()
    ):
        raise Refused("it was charged back; undo that first", code="charged_back")
    undo = replace(
        asked.event, amount_minor=max(named.amount_minor, 1), value_date=named.value_date
    )
    if named.kind in MONEY_OUT:
        return undo
    events = asked.standing()
    refunded = sum(one.amount_minor for one in events if one.kind is EventKind.BALANCE_REFUNDED)
    without = [one for one in events if one.kind is not EventKind.BALANCE_REFUNDED]
    if fold(asked.terms, [*without, undo], asked.today).surplus_minor < refunded:
        raise Refused("what it brought beyond the debt was given back", code="refunded_already")
    return undo


def _reschedule(asked: _Asked) -> LoanEvent:
    details = asked.event.details
    assert isinstance(details, Reschedule), "a change of plan says what changes"
    _check_plan_day(asked, details.from_date)
    rate = details.rate_bps
    if rate is not None and not 0 <= rate <= asked.terms.rate_bps:
        raise Refused("a rate never goes above the signed one", code="rate_above_signed")
    if not all(0 <= count <= GRACE_MAX for count in (details.grace_principal,
                                                     details.grace_interest)):  # fmt: skip
        raise Refused("a rest is at most 12 instalments", code="change_out_of_bounds")
    if not 0 <= details.extra_terms <= EXTRA_TERMS_MAX:
        raise Refused("at most 60 instalments are added", code="change_out_of_bounds")
    if details.due_date is not None and details.due_date < details.from_date:
        raise Refused("a due date moves on, not back", code="change_out_of_bounds")
    has_rows = any(row.due_date >= details.from_date for row in asked.state.rows)
    more = details.extra_terms + details.grace_principal
    if not has_rows or len(asked.state.rows) + more > ROWS_MAX:
        raise Refused("the plan has no row from that day, or too many", code="change_out_of_bounds")
    return replace(_event_of_plan(asked), details=replace(details, rules=PLAN_RULES))


def _re_age(asked: _Asked) -> LoanEvent:
    details = asked.event.details
    assert isinstance(details, ReAge), "a re-ageing says when and in how many parts"
    _check_plan_day(asked, asked.event.value_date)
    if details.start <= asked.event.value_date or not 1 <= details.instalments <= ROWS_MAX // 2:
        raise Refused("1 to 60 instalments from a later day on", code="change_out_of_bounds")
    if len(asked.state.rows) + details.instalments > ROWS_MAX:
        raise Refused("the plan has too many rows", code="change_out_of_bounds")
    return replace(_event_of_plan(asked), details=replace(details, rules=PLAN_RULES))


def _re_amortise(asked: _Asked) -> LoanEvent:
    _check_plan_day(asked, asked.event.value_date)
    if not any(row.due_date > asked.event.value_date for row in asked.state.rows):
        raise Refused("no instalment is to come", code="change_out_of_bounds")
    return _event_of_plan(asked)


def _pause(asked: _Asked) -> LoanEvent:
    details = asked.event.details
    assert isinstance(details, Pause), "a pause says its days"
    _check_plan_day(asked, details.start)
    if not 0 <= (details.end - details.start).days < PAUSE_DAYS_MAX:
        raise Refused("a pause is 1 to 366 days", code="change_out_of_bounds")
    return _event_of_plan(asked)


def _check_plan_day(asked: _Asked, day: date) -> None:
    if day < asked.terms.opened_on:
        raise Refused("the loan had not begun on that day", code="before_disbursement")


def _give_up(asked: _Asked) -> LoanEvent:
    """Return a charge-off or write-off: of today, for what would settle the loan."""
    owed = asked.state.payoff_minor
    if owed <= 0:
        raise Refused("nothing is owed", code="loan_settled")
    details = GivenUp(is_ahead_freed=True)
    return replace(asked.event, amount_minor=owed, value_date=asked.today, details=details)


def _withdraw(asked: _Asked) -> LoanEvent:
    """Return the withdrawal of today, for all principal that is out. It happens once."""
    outstanding_minor = max(asked.state.outstanding_minor, 1)
    return replace(asked.event, amount_minor=outstanding_minor, value_date=asked.today)


def _cap(asked: _Asked) -> LoanEvent:
    """Return the cap, with the principal it is about as its amount, from its first day on."""
    details = asked.event.details
    assert isinstance(details, OverdueCap), "a cap says its rate"
    if not 0 <= details.rate_bps < asked.terms.overdue_rate_bps:
        raise Refused("the loan bears no more than that", code="does_not_fit")
    since = max(details.since or asked.today, asked.terms.opened_on)
    return replace(
        asked.event,
        amount_minor=max(asked.state.outstanding_minor, 1),
        value_date=since,
        details=replace(details, since=since),
    )


def _event_of_plan(asked: _Asked) -> LoanEvent:
    """Return the event with the principal it is about as its amount."""
    return replace(asked.event, amount_minor=max(asked.state.outstanding_minor, 1))


_ADMIT: Mapping[EventKind, Callable[[_Asked], LoanEvent]] = {
    EventKind.CHARGED: _charge,
    EventKind.CHARGE_WAIVED: _waiver,
    EventKind.BALANCE_REFUNDED: _refund_of_balance,
    EventKind.CASH_REFUNDED: _refund_in_cash,
    EventKind.CHARGED_BACK: _charge_back,
    EventKind.UNDONE: _undo,
    EventKind.RESCHEDULED: _reschedule,
    EventKind.RE_AGED: _re_age,
    EventKind.RE_AMORTIZED: _re_amortise,
    EventKind.INTEREST_PAUSED: _pause,
    EventKind.CHARGED_OFF: _give_up,
    EventKind.WRITTEN_OFF: _give_up,
    EventKind.WITHDRAWN: _withdraw,
    EventKind.OVERDUE_CAPPED: _cap,
}
