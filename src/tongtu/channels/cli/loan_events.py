"""Events of a loan from the words of a published case. Entry order is the order they come in."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date
from typing import Any

from tongtu.channels.cli.loan_inputs import day_of
from tongtu.kernel.errors import BadInput
from tongtu.kernel.number import decimal_of
from tongtu.servicing.api import (
    Charge,
    Component,
    EventKind,
    LoanEvent,
    Pause,
    ReAge,
    Reschedule,
    Target,
)
from tongtu.terms.api import Every, Unit

EVENTS_MAX = 10_000
_UNITS = {unit.value: unit for unit in (Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS)}
_MONEY = {
    "disbursement": EventKind.DISBURSED,
    "repayment": EventKind.REPAID,
    "merchant_issued_refund": EventKind.MERCHANT_REFUNDED,
    "payout_refund": EventKind.PAYOUT_REFUNDED,
    "goodwill_credit": EventKind.GOODWILL_CREDITED,
    "refund_by_cash": EventKind.CASH_REFUNDED,
    "charge_adjustment": EventKind.CHARGE_ADJUSTED,
    "chargeback": EventKind.CHARGED_BACK,
    "credit_principal": EventKind.PRINCIPAL_CREDITED,
    "credit_interest": EventKind.INTEREST_CREDITED,
    "credit_balance_refund": EventKind.BALANCE_REFUNDED,
    "add_charge": EventKind.CHARGED,
}
_OTHER = {
    "waive_charge": EventKind.CHARGE_WAIVED,
    "undo_repayment": EventKind.UNDONE,
    "undo_transaction": EventKind.UNDONE,
    "undo_re_age": EventKind.UNDONE,
    "reschedule": EventKind.RESCHEDULED,
    "re_age": EventKind.RE_AGED,
    "re_amortize": EventKind.RE_AMORTIZED,
    "interest_pause": EventKind.INTEREST_PAUSED,
    "charge_off": EventKind.CHARGED_OFF,
    "write_off": EventKind.WRITTEN_OFF,
    "pay_off": EventKind.PAID_OFF,
    "close_of_business": EventKind.DAY_CLOSED,
}
KINDS = _MONEY | _OTHER
# What a transaction is called where an undo names it.
_NAMED = {
    "Repayment": EventKind.REPAID,
    "Merchant Issued Refund": EventKind.MERCHANT_REFUNDED,
    "Payout Refund": EventKind.PAYOUT_REFUNDED,
    "Goodwill Credit": EventKind.GOODWILL_CREDITED,
    "Charge Adjustment": EventKind.CHARGE_ADJUSTED,
    "Chargeback": EventKind.CHARGED_BACK,
    "Credit Balance Refund": EventKind.BALANCE_REFUNDED,
    "Refund": EventKind.CASH_REFUNDED,
    "Down Payment": EventKind.DOWN_PAID,
    "Re-age": EventKind.RE_AGED,
    "Re-amortize": EventKind.RE_AMORTIZED,
    "Charge-off": EventKind.CHARGED_OFF,
}
_TRANSACTIONS = frozenset(_NAMED.values()) | {EventKind.DISBURSED, EventKind.PAID_OFF}
_PAYMENTS = frozenset({EventKind.REPAID, EventKind.PAID_OFF})


def event_of(
    word: Mapping[str, Any], seq: int, before: Sequence[LoanEvent], automatic_down: bool
) -> LoanEvent:
    """Return the event, entered after those before. Raises BadInput naming what is amiss."""
    kind = KINDS.get(str(word.get("type")))
    if kind is None:
        raise BadInput(f"event {seq}: type {word.get('type')!r} is not known")
    entered = _entered(word, before)
    value = day_of("date", word["date"]) if "date" in word else entered
    amount = _amount(word, seq) if str(word["type"]) in _MONEY else 0
    details: Charge | Target | Reschedule | ReAge | Pause | None = None
    if kind is EventKind.CHARGED:
        details = _charge(word)
    elif kind is EventKind.UNDONE:
        details = _undone(word, before, automatic_down)
    elif kind is EventKind.CHARGED_BACK:
        details = Target(_payment(word, before).seq)
    elif kind is EventKind.CHARGE_WAIVED:
        details = Target(_charged(word, before).seq)
    elif kind is EventKind.RESCHEDULED:
        details = _reschedule(word)
    elif kind is EventKind.RE_AGED:
        details = _re_age(word)
    elif kind is EventKind.INTEREST_PAUSED:
        details = Pause(day_of("from", word.get("from")), day_of("to", word.get("to")))
        value = details.start
    return LoanEvent(seq, kind, value, entered, amount, details=details)


def _entered(word: Mapping[str, Any], before: Sequence[LoanEvent]) -> date:
    """Return the business date; unsaid, it is the event's own day, not before the last entry."""
    if word.get("business_date"):
        return day_of("business_date", word["business_date"])
    own = day_of("date", word.get("date") or word.get("from") or word.get("startDate"))
    return max([own, *(event.business_date for event in before)])


def _amount(word: Mapping[str, Any], seq: int) -> int:
    minor = decimal_of("amount", word.get("amount")) * 100
    if minor != int(minor) or minor <= 0:
        raise BadInput(f"event {seq}: amount is above 0 with at most two decimals")
    return int(minor)


def _charge(word: Mapping[str, Any]) -> Charge:
    components = {"fee": Component.FEE, "penalty": Component.PENALTY}
    component = components.get(str(word.get("component")))
    if component is None:
        raise BadInput("component is fee or penalty")
    due = word.get("due_date")
    return Charge(component, day_of("due_date", due) if due else None, str(word.get("charge", "")))


def _reschedule(word: Mapping[str, Any]) -> Reschedule:
    moved, rate = word.get("adjustedDueDate"), word.get("newInterestRate")
    return Reschedule(
        from_date=day_of("rescheduleFromDate", word.get("rescheduleFromDate")),
        due_date=day_of("adjustedDueDate", moved) if moved else None,
        grace_principal=_count(word, "graceOnPrincipal"),
        grace_interest=_count(word, "graceOnInterest"),
        extra_terms=_count(word, "extraTerms"),
        rate_bps=None if rate is None else decimal_of("newInterestRate", rate) * 100,
    )


def _re_age(word: Mapping[str, Any]) -> ReAge:
    unit = str(word.get("frequencyType", "MONTHS"))
    if unit not in _UNITS:
        raise BadInput(f"frequencyType {unit!r:.40} is not known")
    return ReAge(
        start=day_of("startDate", word.get("startDate")),
        every=Every(_count(word, "frequencyNumber"), _UNITS[unit]),
        instalments=_count(word, "numberOfInstallments"),
    )


def _count(word: Mapping[str, Any], name: str) -> int:
    value = word.get(name) or 0
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is not int or not 0 <= value <= EVENTS_MAX:
        raise BadInput(f"{name} is a whole number")
    return value


def _undone(word: Mapping[str, Any], before: Sequence[LoanEvent], automatic_down: bool) -> Target:
    """Return the n-th transaction of a day, by its name where one is given."""
    if word["type"] == "undo_re_age":
        return Target(_last(before, {EventKind.RE_AGED}, "nothing was re-aged").seq)
    name = "Repayment" if word["type"] == "undo_repayment" else word.get("transaction")
    on, nth = day_of("date", word.get("date")), _count(word, "nth") or 1
    found = [
        (kind, target)
        for kind, target in _transactions(before, on, automatic_down)
        if name is None or kind is _NAMED.get(str(name))
    ]
    if len(found) < nth:
        raise BadInput(f"there is no transaction {nth} to undo on {on}")
    kind, target = found[nth - 1]
    if kind is EventKind.DISBURSED:
        raise BadInput("a disbursement cannot be undone")
    return target


def _transactions(
    before: Sequence[LoanEvent], on: date, automatic_down: bool
) -> list[tuple[EventKind, Target]]:
    """Return what is listed on a day; a down payment taken at once stands behind its payout."""
    listed: list[tuple[EventKind, Target]] = []
    for event in before:
        if event.value_date != on or event.kind not in _TRANSACTIONS:
            continue
        kind = EventKind.REPAID if event.kind is EventKind.PAID_OFF else event.kind
        listed.append((kind, Target(event.seq)))
        if event.kind is EventKind.DISBURSED and automatic_down:
            listed.append((EventKind.DOWN_PAID, Target(event.seq, is_down_payment=True)))
    return listed


def _payment(word: Mapping[str, Any], before: Sequence[LoanEvent]) -> LoanEvent:
    """Return the payment that is charged back: the n-th repayment, or the last one entered."""
    payments = [event for event in before if event.kind in _PAYMENTS]
    nth = _count(word, "of_payment_nr")
    if nth == 0:
        if payments:
            return payments[-1]
        return _last(before, _TRANSACTIONS, "there is no payment to charge back")
    if nth > len(payments):
        raise BadInput(f"there is no payment {nth} to charge back")
    return payments[nth - 1]


def _charged(word: Mapping[str, Any], before: Sequence[LoanEvent]) -> LoanEvent:
    """Return the charge that is waived: by its name, due date or amount, the last that fits."""
    fitting = [
        event
        for event in before
        if isinstance(event.details, Charge)
        and word.get("charge") in (None, event.details.name)
        and word.get("due_date") in (None, str(event.details.due_date))
    ]
    return _last(fitting, {EventKind.CHARGED}, "there is no such charge to waive")


def _last(before: Sequence[LoanEvent], kinds: Container[EventKind], otherwise: str) -> LoanEvent:
    for event in reversed(before):
        if event.kind in kinds:
            return event
    raise BadInput(otherwise)
