"""The working state of a replay: rows, money beyond the debt, and where each cent went.

A Life is changed in place by the rules while one replay runs, and by nothing else. All amounts are
ints of minor units; a row keeps them in the order penalty, fee, interest, principal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tongtu.servicing.model.event import Component, Pause
from tongtu.servicing.model.policy import INTEREST, PRINCIPAL, ServicingTerms, Timing

# A daily plan of ten years; more is a mistake in the terms.
ROWS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Portion:
    """Where a piece of a payment went, and by which rule."""

    due_date: date
    timing: Timing
    component: Component
    amount_minor: int
    rule: str


@dataclass(frozen=True, slots=True)
class Levy:
    """A charge as it lies on one row."""

    seq: int
    due_date: date
    slot: int
    amount_minor: int


@dataclass(slots=True)
class Row:
    """An instalment while it is replayed."""

    start: date
    due: date
    owed: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    paid: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    # Let off: waived or written off; asked for in `owed` but never to be paid.
    let_off: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    # Put back by a chargeback or a refund: part of `owed`, not of the plan.
    credited: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    levies: tuple[Levy, ...] = ()
    extra_minor: int = 0  # paid ahead on top of the level part, as principal of this row
    set_minor: int | None = None  # principal laid down by a re-ageing, whatever the level
    level_minor: int | None = None  # what the row asks for as a whole, where that stays level
    in_advance_minor: int = 0
    late_minor: int = 0
    closed_on: date | None = None
    # Interest as signed or as a change laid it down, if nothing is paid ahead; and the principal of
    # this and later rows that was paid before the row's period began, once that is known.
    agreed_minor: int | None = None
    ahead_minor: int | None = None
    is_down_payment: bool = False
    is_at_once: bool = False  # put back by a chargeback: due on the day itself
    is_additional: bool = False  # N+1: after the last instalment of the plan
    is_grace: bool = False  # asks for no principal
    is_interest_deferred: bool = False  # its interest is asked for with a later row
    is_broken: bool = False  # a change gave it days that are no whole period
    is_begun_anew: bool = False  # it begins on a day of its own, not where the row before it ends
    is_ended: bool = False  # what it asked for was taken up by a later change: its figures stay

    @property
    def is_planned(self) -> bool:
        """Whether the plan shapes this row."""
        return not (self.is_down_payment or self.is_at_once or self.is_additional)

    def open(self, slot: int) -> int:
        """Return what is still asked for of one part."""
        return self.owed[slot] - self.paid[slot] - self.let_off[slot]

    @property
    def unpaid_minor(self) -> int:
        """What is still asked for."""
        return sum(self.owed) - sum(self.paid) - sum(self.let_off)

    @property
    def planned_minor(self) -> int:
        """Principal by plan."""
        return self.owed[PRINCIPAL] - self.credited[PRINCIPAL]

    @property
    def planned_interest_minor(self) -> int:
        """Interest by plan."""
        return self.owed[INTEREST] - self.credited[INTEREST]

    def plan(self, principal: int, interest: int) -> None:
        """Set what the plan asks for; what was credited stays on top."""
        self.owed[PRINCIPAL] = principal + self.credited[PRINCIPAL]
        self.owed[INTEREST] = interest + self.credited[INTEREST]
        if self.closed_on is not None and self.unpaid_minor > 0:
            self.closed_on = None

    def credit(self, slot: int, amount: int) -> None:
        """Put an amount back on the row."""
        self.owed[slot] += amount
        self.credited[slot] += amount

    def copy(self) -> Row:
        """Return a row that can be changed alone."""
        return replace(
            self,
            owed=self.owed.copy(),
            paid=self.paid.copy(),
            let_off=self.let_off.copy(),
            credited=self.credited.copy(),
        )


@dataclass(frozen=True, slots=True)
class Fixed:
    """Rows whose figures are final: how many, principal not yet on a row, interest carried on."""

    count: int = 0
    left: int = 0
    carried: Fraction = Fraction(0)


@dataclass(slots=True)
class Life:
    """A loan between two of its events."""

    terms: ServicingTerms
    rows: list[Row] = field(default_factory=list)
    seed: date | None = None  # the first disbursement: where due dates are counted from
    disbursed: tuple[tuple[date, int], ...] = ()
    seq: int = 0  # the last event that counted
    as_of: date = date.min  # the day the loan is looked at
    # What raises the balance: money paid out less down payments, and principal put back.
    raised: tuple[tuple[date, int], ...] = ()
    credits: tuple[tuple[date, int], ...] = ()
    credited_minor: int = 0  # principal ever put back
    # Principal paid, by day: what lowers the balance where paying early counts.
    reductions: list[tuple[date, int]] = field(default_factory=list)
    reduced_minor: int = 0
    fixed: Fixed = Fixed()
    rates: tuple[tuple[date, Decimal], ...] = ()
    pauses: tuple[Pause, ...] = ()
    overpaid_minor: int = 0
    received_minor: int = 0  # money that came in
    refunded_minor: int = 0  # money beyond the debt, or paid before, that went back
    let_off_minor: int = 0
    # Planned rows, and their principal, that a longer term leaves as they are.
    kept_rows: int = 0
    kept_minor: int = 0
    charged_off_on: date | None = None
    written_off_on: date | None = None
    settled_on: date | None = None
    # Principal, interest and fees written off and not recovered.
    lost: tuple[int, int, int] = (0, 0, 0)
    # Overdue interest before it is money: unpaid principal of rows past due times the yearly bps of
    # each of its nights, up to `late_at`; and as `seen_on` sees it, which may lie before the last
    # event.
    late_at: date = date.min
    seen_on: date = date.max
    late_run: int = 0
    seen_late_run: int = 0
    # What the last night added, and the day it ended on: a payment of that day comes after it.
    last_night: tuple[date, int] = (date.min, 0)
    overdue_paid_minor: int = 0
    overdue_let_off_minor: int = 0  # of what counts as paid
    recovered: tuple[int, int, int] = (0, 0, 0)  # of what was written off
    # Put back by chargebacks, by slot: paid once, owed again.
    put_back: tuple[int, int, int, int] = (0, 0, 0, 0)
    parts: dict[int, tuple[Portion, ...]] = field(default_factory=dict)
    # Amounts of a payment charged back so far, by its event.
    charged_back: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)

    def copy(self) -> Life:
        """Return a life that can be changed alone."""
        return replace(
            self,
            rows=[row.copy() for row in self.rows],
            reductions=self.reductions.copy(),
            parts=self.parts.copy(),
            charged_back=self.charged_back.copy(),
        )

    def reduce(self, on: date, amount_minor: int) -> None:
        """Note principal that was paid on a day, or given back where it is negative."""
        if amount_minor:
            self.reductions.append((on, amount_minor))
            self.reduced_minor += amount_minor

    @property
    def outstanding_minor(self) -> int:
        """Principal not yet paid nor let off."""
        return sum(row.open(PRINCIPAL) for row in self.rows)

    @property
    def unpaid_minor(self) -> int:
        """All that the rows still ask for."""
        return sum(row.unpaid_minor for row in self.rows)
