"""Years of random events through the real ledger: the books are what the loans are, to the fen.

A fixed share runs with the other tests; YEARS=30 (`make sim`) runs the whole of it.
"""

import os
import random
from collections import Counter
from datetime import timedelta
from decimal import Decimal

from tongtu.kernel.errors import Refused
from tongtu.ledger.api import Account, AccountKind, balances_equal_replay
from tongtu.servicing.api import (
    Change,
    Charge,
    Component,
    EventKind,
    Pause,
    ReAge,
    Reschedule,
    Target,
    fold,
    loan_events,
    record_change,
)
from tongtu.servicing.model import Place
from tongtu.terms.api import Every

SEED = int(os.environ.get("SEED", "7"))
YEARS = Decimal(os.environ.get("YEARS", "0.5"))
# A day end follows every so many days; the days between are closed by the same call.
STEP_DAYS = 9
LIVING = 6
ACTS = 3
_KINDS = {
    Place.BOOKS: (AccountKind.LOAN_PRINCIPAL, AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE),
    Place.CHARGED_OFF: (AccountKind.LOAN_CHARGED_OFF,) * 3,
    Place.WRITTEN_OFF: (AccountKind.LOAN_WRITTEN_OFF,) * 3,
}


class World:
    """Loans that live side by side while days pass."""

    def __init__(self, house):
        self.house, self.random = house, random.Random(SEED)
        self.loans, self.entered = [], Counter()

    def lend(self):
        principal, tenor = self.random.randint(50_000, 3_000_000), self.random.randint(1, 24)
        rate, fee = self.random.choice([0, 720, 1480, 2400]), self.random.choice([0, 500])
        lender = self.random.choice([1, 2, 3])
        self.loans.append(self.house.lend(principal, rate, tenor, fee=fee, lender=lender))

    def events(self, loan):
        async def read():
            async with self.house.runtime.database.reading() as connection:
                return await loan_events(connection, 0, loan.id)

        return self.house.run(read())

    def do_something(self, loan):
        events, today = self.events(loan), self.house.today()
        state = fold(loan.terms, events, today)
        if self.random.random() < 0.5:
            amount = self.random.choice(
                [
                    self.random.randint(1, 300_000),
                    max(state.payoff_minor, 1),
                    max(state.limit_minor, 1),
                ]
            )
            late = self.random.choice([0, 0, 0, 4, 30])
            on = max(loan.terms.opened_on, today - timedelta(days=late))
            self.house.repay(loan.id, amount, value_date=on)
            self.entered["paid"] += 1
            return
        kind = self.random.choice(CHANGES)
        details = self.details(kind, len(events), today)
        change = Change(kind, today, details, self.random.randint(1, 40_000))
        try:
            self.house.run(self.enter(loan, change))
            self.entered[kind.value] += 1
        except Refused:
            self.entered["refused"] += 1

    def details(self, kind, events, today):
        soon = today + timedelta(days=self.random.randint(0, 60))
        if kind is EventKind.CHARGED:
            return Charge(Component.FEE, soon)
        if kind in NAMING:
            return Target(self.random.randint(1, events))
        if kind is EventKind.RESCHEDULED:
            return self.random.choice(
                [
                    Reschedule(soon, grace_principal=2),
                    Reschedule(soon, grace_interest=1),
                    Reschedule(soon, extra_terms=3),
                    Reschedule(soon, rate_bps=Decimal(300)),
                    Reschedule(soon, due_date=soon + timedelta(days=20)),
                ]
            )
        if kind is EventKind.RE_AGED:
            return ReAge(soon + timedelta(days=1), Every(1), self.random.randint(1, 6))
        if kind is EventKind.INTEREST_PAUSED:
            return Pause(soon, soon + timedelta(days=self.random.randint(0, 40)))
        return None

    async def enter(self, loan, change):
        async with self.house.runtime.database.transaction() as connection:
            return await record_change(connection, self.house.runtime, 0, loan.id, change)

    def proved(self):
        """Compare every account that holds what loans owe with the loans themselves."""
        owed, closed = Counter(), self.house.today() - timedelta(days=1)
        for loan in self.loans:
            state = fold(loan.terms, self.events(loan), closed)
            for kind, amount in zip(_KINDS[state.place], state.owed_minor, strict=True):
                owed[kind, loan.lender] += amount
        for lender in (1, 2, 3):
            for kind in {one for kinds in _KINDS.values() for one in kinds}:
                account = Account(0, kind, lender, "consumer_cash").id
                rows = self.house.fetch(
                    "select balance_minor from ledger.account where id = $1", account
                )
                assert (rows[0][0] if rows else 0) == owed[kind, lender], (kind, lender)
        rows = self.house.fetch("select coalesce(sum(off_minor), 0) n from servicing.loan")
        off = (AccountKind.LOAN_CHARGED_OFF, AccountKind.LOAN_WRITTEN_OFF)
        assert rows[0]["n"] == sum(amount for (kind, _), amount in owed.items() if kind in off)


CHANGES = (
    EventKind.CHARGED,
    EventKind.CHARGE_WAIVED,
    EventKind.UNDONE,
    EventKind.CHARGED_BACK,
    EventKind.CASH_REFUNDED,
    EventKind.BALANCE_REFUNDED,
    EventKind.RESCHEDULED,
    EventKind.RE_AGED,
    EventKind.RE_AMORTIZED,
    EventKind.INTEREST_PAUSED,
    EventKind.CHARGED_OFF,
    EventKind.WRITTEN_OFF,
)
NAMING = (EventKind.CHARGE_WAIVED, EventKind.UNDONE, EventKind.CHARGED_BACK)


def test_years_of_random_events_leave_the_ledger_as_the_loans_are(house):
    world = World(house)
    for _ in range(int(YEARS * 365) // STEP_DAYS):
        if len(world.loans) < LIVING or world.random.random() < 0.2:
            world.lend()
        for _ in range(ACTS):
            world.do_something(world.random.choice(world.loans[-LIVING * 2 :]))
        house.close(world.random.randint(1, 2 * STEP_DAYS - 1))
    world.proved()

    async def replayed():
        async with house.runtime.database.reading() as connection:
            return await balances_equal_replay(connection)

    found = house.run(replayed())
    assert (found.differences, found.sum_minor) == (0, 0)
    assert world.entered["paid"] >= 20
    assert len(world.entered) >= 6, world.entered
