"""The terms of a loan's life from the words of a published case.

A word that is not known, or a value that cannot be honoured exactly, is named and refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from tongtu.kernel.errors import BadInput
from tongtu.servicing.api import (
    ORDERS,
    AllocationRule,
    AllocationTable,
    Component,
    Engine,
    EventKind,
    Future,
    OverdueCharge,
    Prepayment,
    ServicingTerms,
    Spread,
    Timing,
)
from tongtu.terms.api import case_of

ADVANCED = "ADVANCED_PAYMENT_ALLOCATION"
_KINDS = {
    "REPAYMENT": EventKind.REPAID,
    "DOWN_PAYMENT": EventKind.DOWN_PAID,
    "MERCHANT_ISSUED_REFUND": EventKind.MERCHANT_REFUNDED,
    "PAYOUT_REFUND": EventKind.PAYOUT_REFUNDED,
    "GOODWILL_CREDIT": EventKind.GOODWILL_CREDITED,
    "CHARGE_ADJUSTMENT": EventKind.CHARGE_ADJUSTED,
    "CHARGEBACK": EventKind.CHARGED_BACK,
}
_FUTURES = {
    "NEXT_INSTALLMENT": Future.NEXT,
    "LAST_INSTALLMENT": Future.LAST,
    "NEXT_LAST_INSTALLMENT": Future.NEXT_THEN_LAST,
    "REAMORTIZATION": Future.REAMORTIZATION,
}
_SPREADS = {"HORIZONTAL": Spread.HORIZONTAL, "VERTICAL": Spread.VERTICAL}
_COMPONENTS = {one.value.upper(): one for one in Component}
_ORDER = [
    f"{timing}_{component}"
    for timing in ("PAST_DUE", "DUE", "IN_ADVANCE")
    for component in ("PENALTY", "FEE", "PRINCIPAL", "INTEREST")
]
# The source names the overdue penalty of a product only by the product's name.
_OVERDUE = {
    "LP1_INTEREST_FLAT_OVERDUE_FROM_AMOUNT": OverdueCharge(Decimal("0.015"), False, 2),
    "LP1_INTEREST_FLAT_OVERDUE_FROM_AMOUNT_INTEREST": OverdueCharge(Decimal("0.015"), True, 2),
}
_T = TypeVar("_T")


def terms_of(inputs: Mapping[str, Any], start: date) -> ServicingTerms:
    """Return the terms a case's inputs describe. Raises BadInput naming the word."""
    recalculation = inputs.get("recalculation") or {}
    if not isinstance(recalculation, dict):
        raise BadInput("recalculation is an object")
    kept = recalculation.get("pre_closure") == "till_rest_frequency_date"
    prepayment = recalculation.get("advance_payment_adjustment", "adjust_last_unpaid_period")
    if recalculation.get("compounding", "none") != "none":
        raise BadInput("recalculation.compounding other than none is not supported")
    if inputs.get("prepaid_interest") is not None:
        raise BadInput("prepaid_interest is not supported here: a loan's events do not move it")
    engine = _engine(inputs)
    return ServicingTerms(
        plan=case_of({**inputs, "schedule_engine": engine.value}, start).terms,
        allocation=_allocation(inputs),
        engine=engine,
        is_start_fixed=inputs.get("schedule_start") is not None,
        is_down_payment_automatic=_flag(inputs, "down_payment_auto_paid"),
        is_recalculated=_flag(inputs, "interest_recalculation"),
        prepayment=_choice(
            "advance_payment_adjustment", prepayment, {one.value: one for one in Prepayment}
        ),
        is_interest_kept_to_due=kept,
        credit_order=_credit_order(inputs),
        overdue=_OVERDUE.get(str(inputs.get("source_product"))),
    )


def _engine(inputs: Mapping[str, Any]) -> Engine:
    """Rules by due date are known to the progressive engine only, whatever the case calls it."""
    if inputs.get("allocation_strategy", ADVANCED) == ADVANCED:
        return Engine.PROGRESSIVE
    word = inputs.get("schedule_engine", "cumulative")
    return _choice("schedule_engine", word, {one.value: one for one in Engine})


def _allocation(inputs: Mapping[str, Any]) -> AllocationTable:
    strategy = inputs.get("allocation_strategy", ADVANCED)
    if strategy != ADVANCED:
        return AllocationTable(_choice("allocation_strategy", strategy, ORDERS))
    spread = _choice(
        "schedule_processing", inputs.get("schedule_processing", "HORIZONTAL"), _SPREADS
    )
    common = _order(inputs.get("payment_allocation_order", _ORDER))
    rules: dict[str, AllocationRule] = {}
    for entry in _objects(inputs, "payment_allocation"):
        name = str(entry.get("transaction"))
        future = entry.get("future_installments", "NEXT_INSTALLMENT")
        order = _order(entry["order"]) if "order" in entry else common
        rules[name] = AllocationRule(
            name, order, _choice("future_installments", future, _FUTURES), spread
        )
    default = rules.pop("DEFAULT", None) or AllocationRule("DEFAULT", common, Future.NEXT, spread)
    by_kind = {_choice("transaction", name, _KINDS): rule for name, rule in rules.items()}
    return AllocationTable(default, by_kind)


def _order(words: object) -> tuple[tuple[Timing, Component], ...]:
    if not isinstance(words, list) or not 1 <= len(words) <= len(_ORDER):
        raise BadInput("payment_allocation_order is a list of up to 12 words")
    steps = []
    for word in words:
        timing, _, component = str(word).rpartition("_")
        steps.append(
            (
                _choice("payment_allocation_order", timing.lower(), {t.value: t for t in Timing}),
                _choice("payment_allocation_order", component, _COMPONENTS),
            )
        )
    return tuple(steps)


def _credit_order(inputs: Mapping[str, Any]) -> tuple[Component, ...]:
    for entry in _objects(inputs, "credit_allocation"):
        if entry.get("transaction") == "CHARGEBACK":
            order = entry.get("order")
            if not isinstance(order, list):
                raise BadInput("credit_allocation.order is a list")
            return tuple(_choice("credit_allocation", word, _COMPONENTS) for word in order)
    return ()


def _objects(inputs: Mapping[str, Any], word: str) -> list[dict[str, Any]]:
    entries = inputs.get(word, [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise BadInput(f"{word} is a list of objects")
    return entries


def _choice(word: str, value: object, known: Mapping[str, _T]) -> _T:
    if not isinstance(value, str) or value not in known:
        raise BadInput(f"{word} {value!r} is not supported; known: {', '.join(known)}")
    return known[value]


def _flag(inputs: Mapping[str, Any], word: str) -> bool:
    value = inputs.get(word, False)
    if not isinstance(value, bool):
        raise BadInput(f"{word} is true or false")
    return value


def day_of(word: str, value: object) -> date:
    """Return a date. Raises BadInput naming the word."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadInput(f"{word} looks like 2026-11-24", fields={word: "date"}) from None
