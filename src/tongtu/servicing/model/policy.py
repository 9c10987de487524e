"""How a loan is served: allocation rules as data, and the terms a replay works by. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tongtu.servicing.model.event import Component, EventKind
from tongtu.servicing.model.loan import FrozenTerms
from tongtu.terms.api import LoanTerms, PaymentOrder

# An instalment bears these four; in this order they index the amounts of a row.
COMPONENTS = (Component.PENALTY, Component.FEE, Component.INTEREST, Component.PRINCIPAL)
PENALTY, FEE, INTEREST, PRINCIPAL = range(4)


class Timing(StrEnum):
    """Where an instalment's due date lies when money comes."""

    PAST_DUE = "past_due"
    DUE = "due"
    IN_ADVANCE = "in_advance"


class Future(StrEnum):
    """Which instalments money paid in advance goes to."""

    NEXT = "next_instalment"
    LAST = "last_instalment"
    NEXT_THEN_LAST = "next_then_last_instalment"
    REAMORTIZATION = "reamortization"


class Spread(StrEnum):
    """HORIZONTAL: all parts of an instalment, then the next; VERTICAL: a part over all, then on."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"


@dataclass(frozen=True, slots=True)
class AllocationRule:
    """What a payment pays, in order. `name` is what an explanation calls the rule."""

    name: str
    order: tuple[tuple[Timing, Component], ...]
    future: Future = Future.NEXT
    spread: Spread = Spread.HORIZONTAL
    # A charge whose own date has come counts as due though its instalment is not.
    charges_fall_due_alone: bool = False


@dataclass(frozen=True, slots=True)
class AllocationTable:
    """The rule of each kind of transaction, and the one for all others."""

    default: AllocationRule
    by_kind: Mapping[EventKind, AllocationRule] = field(default_factory=dict)

    def rule_for(self, kind: EventKind) -> AllocationRule:
        """Return the rule a transaction of this kind is spread by."""
        return self.by_kind.get(kind, self.default)


def rule_of(name: str, due: str, in_advance: str | None = None) -> AllocationRule:
    """Return a rule written as letters: P penalty, F fee, I interest, C capital (principal)."""
    letters = dict(zip("PFIC", COMPONENTS, strict=True))
    order = [(timing, letters[one]) for timing in (Timing.PAST_DUE, Timing.DUE) for one in due]
    order += [(Timing.IN_ADVANCE, letters[one]) for one in in_advance or due]
    return AllocationRule(name, tuple(order), charges_fall_due_alone=in_advance is not None)


# Penalty, fee and interest of all that is due are paid before any of its principal.
_INTEREST_FIRST = tuple(
    (timing, component)
    for group in (COMPONENTS[:3], COMPONENTS[3:])
    for timing in (Timing.PAST_DUE, Timing.DUE)
    for component in group
) + tuple((Timing.IN_ADVANCE, component) for component in COMPONENTS)

# A booked loan: what is due in the order that was signed, then the next instalment, then principal
# to come. The first has the name that explanations gave it before there were others.
SIGNED_ORDER = AllocationRule(
    "SIGNED",
    tuple((timing, component) for timing in Timing for component in COMPONENTS),
)
SIGNED_ORDERS: Mapping[PaymentOrder, AllocationRule] = {
    PaymentOrder.OLDEST_FIRST: SIGNED_ORDER,
    PaymentOrder.INTEREST_FIRST: AllocationRule("SIGNED_INTEREST_FIRST", _INTEREST_FIRST),
    PaymentOrder.PRINCIPAL_FIRST: rule_of("SIGNED_PRINCIPAL_FIRST", "CIPF", "PFIC"),
}

# Repayment orders by the names under which open-source loan cores know them.
ORDERS: Mapping[str, AllocationRule] = {
    rule.name: rule
    for rule in (
        rule_of("PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER", "PFIC"),
        rule_of("INTEREST_PRINCIPAL_PENALTIES_FEES_ORDER", "ICPF"),
        rule_of("PRINCIPAL_INTEREST_PENALTIES_FEES_ORDER", "CIPF"),
        rule_of("DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST",
                "PFIC", "CPFI"),
        rule_of("DUE_PENALTY_INTEREST_PRINCIPAL_FEE_IN_ADVANCE_PENALTY_INTEREST_PRINCIPAL_FEE",
                "PICF", "PICF"),
        # Ahead it pays principal only; the rest is named so that nothing owed is called beyond.
        rule_of("EARLY_REPAYMENT_STRATEGY", "ICPF", "CIPF"),
        rule_of("HEAVENSFAMILY_UNIQUE", "CIFP"),
        rule_of("CREOCORE_UNIQUE", "PFIC"),
        AllocationRule("OVERDUE_DUE_FEE_INTEREST_PRINCIPAL", _INTEREST_FIRST),
    )
}  # fmt: skip


class Engine(StrEnum):
    """How instalments follow from what was paid out."""

    PROGRESSIVE = "progressive"  # level instalments, solved anew from each change on
    CUMULATIVE = "cumulative"  # a level part per period, laid down at the start


class Prepayment(StrEnum):
    """What a payment ahead does when interest is reckoned anew."""

    ADJUST_LAST = "adjust_last_unpaid_period"
    LOWER = "reduce_emi_amount"
    SHORTEN = "reduce_number_of_instalments"
    NEXT = "reschedule_next_repayments"


@dataclass(frozen=True, slots=True)
class OverdueCharge:
    """A penalty that each instalment bears once it is `wait_days` late."""

    rate: Decimal
    on_interest: bool
    wait_days: int


@dataclass(frozen=True, slots=True)
class ServicingTerms:
    """Everything a loan's life follows from, frozen when the loan is made."""

    plan: LoanTerms
    allocation: AllocationTable
    engine: Engine = Engine.PROGRESSIVE
    is_start_fixed: bool = (
        False  # due dates are counted from the plan's start, else the first payout
    )
    is_down_payment_automatic: bool = False
    is_recalculated: bool = False  # paying early or late changes the interest
    prepayment: Prepayment = Prepayment.ADJUST_LAST
    is_interest_kept_to_due: bool = False  # paying a row early still owes its whole interest
    credit_order: tuple[Component, ...] = ()  # how a chargeback is put back; () is principal only
    overdue: OverdueCharge | None = None
    # The rows as they were signed, and overdue interest: what a booked loan is served by.
    signed: FrozenTerms | None = None
    # From which night on principal past due bears at most so many bps a year, in order of nights.
    overdue_caps: tuple[tuple[date, int], ...] = ()
