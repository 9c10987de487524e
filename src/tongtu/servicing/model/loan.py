"""What a loan is: frozen terms and an append-only list of events. Values only, no I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from tongtu.kernel.errors import Broken, Conflict
from tongtu.servicing.model.event import Component
from tongtu.terms.api import Method, PaymentOrder

TERMS_VERSION = 2
# What has no order nor method of its own is paid, and written, as before there was a choice.
PLAIN_VERSION = 1
# Five years of months is the longest consumer term the packs know; twice that is a bug.
ROWS_MAX = 120


class LoanStatus(StrEnum):
    """Where a loan stands."""

    LIVE = "live"
    SETTLED = "settled"
    CHARGED_OFF = "charged_off"  # still owed, no longer among the lender's good claims
    WRITTEN_OFF = "written_off"  # asked for no more; what comes is a recovery


class Place(StrEnum):
    """Which accounts hold what is owed of a loan."""

    BOOKS = "books"
    CHARGED_OFF = "charged_off"
    WRITTEN_OFF = "written_off"


class RowStatus(StrEnum):
    """How an instalment stands on a date."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    PAID = "paid"


def check_move(old: LoanStatus, new: LoanStatus, *, goes_back: bool) -> LoanStatus:
    """Return `new`. Raises Conflict when a loan may not go there from `old`.

    Money for a settled loan is owed back, so it never is charged off; only what takes back the
    payment that settled a loan given up before (`goes_back`) leaves it given up again.
    """
    off = (LoanStatus.CHARGED_OFF, LoanStatus.WRITTEN_OFF)
    if old is LoanStatus.SETTLED and new in off and not goes_back:
        raise Conflict(f"a {old} loan cannot become {new}", code="loan_not_live")
    return new


@dataclass(frozen=True, slots=True)
class Planned:
    """One instalment as agreed; its interest lies between `start` and `due_date`."""

    nr: int
    start: date
    due_date: date
    principal_minor: int
    interest_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class FrozenTerms:
    """The terms of one loan, as signed. They never change; a change would be an event."""

    principal_minor: int
    rate_bps: int
    overdue_rate_bps: int
    rows: tuple[Planned, ...]
    order: PaymentOrder = PaymentOrder.OLDEST_FIRST
    method: Method = Method.EQUAL_INSTALMENT  # by which the rows were made

    def __post_init__(self) -> None:
        if not 1 <= len(self.rows) <= ROWS_MAX:
            raise Broken("a plan has 1 to 120 instalments", code="bad_terms")
        if sum(row.principal_minor for row in self.rows) != self.principal_minor:
            raise Broken("the plan's principal is not the loan's", code="bad_terms")
        previous = self.rows[0].start
        for row in self.rows:
            amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
            if row.start != previous or row.due_date <= row.start or min(amounts) < 0:
                raise Broken(f"instalment {row.nr} does not follow on", code="bad_terms")
            previous = row.due_date

    @property
    def opened_on(self) -> date:
        """The day from which interest runs."""
        return self.rows[0].start

    def to_json(self) -> str:
        """Return the form kept on the loan and named in the evidence: sorted, without spaces."""
        own = {
            name: term.value
            for name, term, plain in (
                ("order", self.order, PaymentOrder.OLDEST_FIRST),
                ("method", self.method, Method.EQUAL_INSTALMENT),
            )
            if term is not plain
        }
        body = {
            "version": TERMS_VERSION if own else PLAIN_VERSION,
            "principal_minor": self.principal_minor,
            "rate_bps": self.rate_bps,
            "overdue_rate_bps": self.overdue_rate_bps,
            "opened_on": self.opened_on.isoformat(),
            "rows": [
                [row.due_date.isoformat(), row.principal_minor, row.interest_minor, row.fee_minor]
                for row in self.rows
            ],
        }
        return json.dumps(body | own, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> FrozenTerms:
        """Read the form `to_json` wrote. Raises Broken for another version."""
        body: dict[str, Any] = json.loads(text)
        if body["version"] not in (PLAIN_VERSION, TERMS_VERSION):
            raise Broken("these terms are of another version", code="bad_terms")
        rows = []
        start = date.fromisoformat(body["opened_on"])
        for nr, (due, principal, interest, fee) in enumerate(body["rows"], start=1):
            due_date = date.fromisoformat(due)
            rows.append(Planned(nr, start, due_date, principal, interest, fee))
            start = due_date
        return cls(
            body["principal_minor"],
            body["rate_bps"],
            body["overdue_rate_bps"],
            tuple(rows),
            PaymentOrder(body.get("order", PaymentOrder.OLDEST_FIRST)),
            Method(body.get("method", Method.EQUAL_INSTALMENT)),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What a piece of a payment paid; `nr` 0 is the loan as a whole."""

    nr: int
    component: Component
    amount_minor: int


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """One instalment on a date: what it asks for now, what was paid of it."""

    nr: int
    start: date
    due_date: date
    principal_minor: int
    interest_minor: int
    fee_minor: int
    paid_principal_minor: int
    paid_interest_minor: int
    paid_fee_minor: int
    status: RowStatus
    # Of what it asks for: earned before the row began, so claimed at once.
    carried_interest_minor: int = 0
    carried_fee_minor: int = 0

    @property
    def total_minor(self) -> int:
        """All three parts."""
        return self.principal_minor + self.interest_minor + self.fee_minor

    @property
    def paid_minor(self) -> int:
        """What was paid of all three parts."""
        return self.paid_principal_minor + self.paid_interest_minor + self.paid_fee_minor

    @property
    def unpaid_minor(self) -> int:
        """What is still asked for."""
        return self.total_minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan on a date. `earned` is what the lender may claim so far, paid or not."""

    as_of: date
    rows: tuple[InstalmentState, ...]
    settled_on: date | None
    outstanding_minor: int
    earned_interest_minor: int
    paid_interest_minor: int
    earned_overdue_minor: int
    paid_overdue_minor: int
    earned_fee_minor: int
    paid_fee_minor: int
    late_run: int  # unpaid principal past due × bps of each night, up to `last_on`
    surplus_minor: int
    last_on: date
    parts: dict[int, tuple[Part, ...]]
    # What principal past due bears a year, as the terms count since the last event.
    overdue_rate_bps: int
    charged_off_on: date | None = None
    written_off_on: date | None = None
    # Principal, interest and fees written off and not recovered; and what was recovered.
    lost_minor: tuple[int, int, int] = (0, 0, 0)
    recovered_minor: tuple[int, int, int] = (0, 0, 0)
    # Interest paid of days to come: it is taken off what settles the loan.
    ahead_minor: int = 0
    # Stretches, from a day up to another, in which principal past due bears nothing.
    rests: tuple[tuple[date, date], ...] = ()

    @property
    def place(self) -> Place:
        """Which accounts hold what is owed."""
        if self.written_off_on is not None:
            return Place.WRITTEN_OFF
        return Place.BOOKS if self.charged_off_on is None else Place.CHARGED_OFF

    @property
    def owed_minor(self) -> tuple[int, int, int]:
        """Principal, interest and fees as the accounts of its place have them."""
        if self.written_off_on is not None:
            return self.lost_minor
        return self.outstanding_minor, self.interest_minor, self.fee_minor

    @property
    def interest_minor(self) -> int:
        """Interest claimed and not paid, overdue interest included: the control's component."""
        return (
            self.earned_interest_minor
            - self.paid_interest_minor
            + self.earned_overdue_minor
            - self.paid_overdue_minor
        )

    @property
    def fee_minor(self) -> int:
        """Fees claimed and not paid: the control's component."""
        return self.earned_fee_minor - self.paid_fee_minor

    @property
    def payoff_minor(self) -> int:
        """What settles the loan on this date."""
        owed = self.outstanding_minor + self.interest_minor + self.fee_minor
        return max(owed - self.ahead_minor, 0)

    @property
    def going_back_minor(self) -> int:
        """Money beyond a debt that is over: it goes back by itself. Beyond a live one it waits."""
        return 0 if sum(self.owed_minor) else self.surplus_minor

    @property
    def overdue_interest_minor(self) -> int:
        """Overdue interest not yet paid."""
        return self.earned_overdue_minor - self.paid_overdue_minor

    @property
    def overdue_minor(self) -> int:
        """What should have been paid before this date, with its overdue interest."""
        late = sum(row.unpaid_minor for row in self.rows if row.due_date < self.as_of)
        return late + self.overdue_interest_minor

    @property
    def dpd(self) -> int:
        """Days since the oldest unpaid due date; 0 when nothing is late."""
        oldest = self.oldest_late
        return 0 if oldest is None else (self.as_of - oldest).days

    @property
    def oldest_late(self) -> date | None:
        """The due date of the oldest instalment that is late, if one is."""
        late = (r.due_date for r in self.rows if r.due_date < self.as_of and r.unpaid_minor > 0)
        return min(late, default=None)

    @property
    def next_row(self) -> InstalmentState | None:
        """The next instalment that falls due today or later and asks for money."""
        rows = (r for r in self.rows if r.due_date >= self.as_of and r.unpaid_minor > 0)
        return next(rows, None)

    @property
    def limit_minor(self) -> int:
        """The most that may be paid on this date: the debt, or what is due and the next row.

        Of what was written off nothing is asked for, and all that was lost may still be paid.
        """
        if self.written_off_on is not None:
            return sum(self.lost_minor)
        planned = self.overdue_interest_minor
        for row in self.rows:
            planned += row.unpaid_minor
            if row.due_date > self.as_of and row.unpaid_minor > 0:
                break
        return max(self.payoff_minor, planned)

    @property
    def status(self) -> LoanStatus:
        """Live until nothing is owed, or the lender gives it up."""
        if self.settled_on is not None:
            return LoanStatus.SETTLED
        return LoanStatus.LIVE if self.place is Place.BOOKS else LoanStatus(self.place.value)
