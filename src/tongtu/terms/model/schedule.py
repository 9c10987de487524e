"""Periods, rows of a schedule, and the cash flows a yearly cost is taken from. Money is fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tongtu.terms.model.fault import BadFlows
from tongtu.terms.model.fee import Actor, Charge
from tongtu.terms.model.flow import Flow
from tongtu.terms.model.prepaid import PrepaidInterest


@dataclass(frozen=True, slots=True)
class Disbursement:
    """Principal paid out on a day, in fen."""

    date: date
    amount_minor: int


class Period(NamedTuple):
    """An instalment period: interest runs from `start`, the instalment is due on `due`."""

    nr: int
    start: date
    due: date

    @property
    def days(self) -> int:
        return (self.due - self.start).days


@dataclass(frozen=True, slots=True)
class Span:
    """A balance that stood from one day to another within a period, at a yearly rate in bps."""

    start: date
    end: date
    balance_minor: int
    rate_bps: int | Decimal


class Instalment(NamedTuple):
    """One row of a schedule; `outstanding_minor` is the principal left after it.

    A tuple, like a period: quotes and contracts make thousands, in a third of the time.
    """

    nr: int
    due_date: date
    principal_minor: int
    interest_minor: int
    fee_minor: int
    total_minor: int
    outstanding_minor: int
    start: date
    is_down_payment: bool = False

    @property
    def days(self) -> int:
        """The days that its interest ran."""
        return (self.due_date - self.start).days


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every instalment of a loan that is paid as agreed, and what was paid out for it."""

    rows: tuple[Instalment, ...]
    disbursements: tuple[Disbursement, ...]
    charges: tuple[Charge, ...] = ()
    prepaid: tuple[PrepaidInterest, ...] = ()  # in no row: it is paid before its period is over

    @property
    def principal_minor(self) -> int:
        return sum(row.principal_minor for row in self.rows)

    @property
    def interest_minor(self) -> int:
        return sum(row.interest_minor for row in self.rows)

    @property
    def total_minor(self) -> int:
        return sum(row.total_minor for row in self.rows)

    @property
    def cost_minor(self) -> int:
        """All the borrower pays beyond the principal: interest, also in advance, and fees."""
        in_advance = sum(one.amount_minor for one in self._own_prepaid())
        return self.total_minor - self.principal_minor + self.upfront_fee_minor + in_advance

    @property
    def upfront_fee_minor(self) -> int:
        """What the borrower pays when the loan is paid out; it is in no row."""
        return sum(one.amount_minor for one in self._upfront())

    def flows(self) -> tuple[Flow, ...]:
        """Return the cash flows by period number: paid out at 0, an instalment each period.

        Raises BadFlows where money also moves within a period: such a loan has flows by date only.
        """
        if len(self.disbursements) != 1 or any(row.is_down_payment for row in self.rows):
            raise BadFlows("several disbursements or a down payment have flows by date only")
        paid = [0, *(row.total_minor for row in self.rows)]
        places = {row.start: row.nr - 1 for row in self.rows}
        for one in self._own_prepaid():
            paid[places[one.due_date]] += one.amount_minor
        out = self.principal_minor - self.upfront_fee_minor - paid[0]
        return (Flow(0, out), *(Flow(nr, -paid[nr]) for nr in range(1, len(paid))))

    def dated_flows(self) -> tuple[Flow, ...]:
        """Return the borrower's cash flows by date: payouts, fees, interest in advance, rows."""
        out = [Flow(one.date, one.amount_minor) for one in self.disbursements]
        fees = [Flow(one.due_date, -one.amount_minor) for one in self._upfront()]
        ahead = [Flow(one.due_date, -one.amount_minor) for one in self._own_prepaid()]
        return (*out, *fees, *ahead, *(Flow(row.due_date, -row.total_minor) for row in self.rows))

    def unearned_minor(self, on: date, payer: Actor) -> int:
        """Return what goes back to who paid interest in advance when the loan ends on a day."""
        return sum(
            one.amount_minor - one.earned_minor(on)
            for one in self.prepaid
            if one.payer is payer and one.due_date <= on
        )

    def _own_prepaid(self) -> list[PrepaidInterest]:
        return [one for one in self.prepaid if one.payer is Actor.BORROWER]

    def _upfront(self) -> list[Charge]:
        return [one for one in self.charges if one.row is None and one.fee.payer is Actor.BORROWER]
