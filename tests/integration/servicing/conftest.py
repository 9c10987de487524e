from __future__ import annotations

from datetime import date, timedelta

import pytest

from tongtu.kernel.ids import id_shard
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post
from tongtu.policy.api import Pack
from tongtu.runtime.api import advance_business_date, business_date
from tongtu.servicing.api import (
    FrozenTerms,
    Money,
    NewLoan,
    Planned,
    close_cell,
    open_loan,
    record_repayment,
    standards_of,
)
from tongtu.terms.api import LoanTerms, monthly_fee, schedule

STANDARDS = standards_of(Pack.load("cn/2026.08"), date(2026, 11, 24))
PRODUCTS = ("consumer_cash", "goods_instalment")


def plan(principal, rate, tenor, fee, start):
    rows, before = [], start
    for row in schedule(LoanTerms(principal, rate, tenor, start, fees=monthly_fee(fee))).rows:
        amounts = (row.principal_minor, row.interest_minor, row.fee_minor)
        rows.append(Planned(row.nr, before, row.due_date, *amounts))
        before = row.due_date
    return FrozenTerms(principal, rate, rate * 3 // 2, tuple(rows))


class House:
    """Opens loans and repays them as journey does, without a bank."""

    def __init__(self, runtime, run):
        self.runtime, self.run, self.party = runtime, run, runtime.ids.new(9)
        self.shard = id_shard(self.party)
        self.standards = STANDARDS
        run(self._fund())

    def new(self):
        return self.runtime.ids.new(self.shard)

    def today(self):
        async def read():
            async with self.runtime.database.reading() as connection:
                return await business_date(connection)

        return self.run(read())

    def lend(
        self,
        principal=3_000_000,
        rate=720,
        tenor=12,
        *,
        fee=0,
        lender=1,
        product=0,
        on=None,
        paid_on=None,
        shares=None,
    ):
        terms = plan(principal, rate, tenor, fee, on or self.today())
        new = NewLoan(
            self.new(), self.party, self.new(), self.new(), lender, 1, PRODUCTS[product], terms,
            shares,
        )  # fmt: skip
        money = Money(self.new(), principal, paid_on or terms.opened_on)
        self.run(self._lend(new, money))
        return new

    def repay(self, loan, amount, *, value_date=None, payment=None):
        money = Money(payment or self.new(), amount, value_date or self.today())

        async def enter():
            async with self.runtime.database.transaction() as connection:
                return await record_repayment(connection, self.runtime, 0, loan, money)

        return self.run(enter())

    def close(self, days=1):
        return [self.run(self.end_day()) for _ in range(days)][-1]

    def jump(self, days):
        """Let days pass of which nothing is closed: for what looks at the calendar alone."""

        async def move():
            async with self.runtime.database.transaction() as connection:
                day = await business_date(connection)
                await advance_business_date(connection, day, day + timedelta(days=days))

        self.run(move())

    def fetch(self, statement, *given):
        async def read():
            async with self.runtime.database.reading() as connection:
                return await connection.fetch(statement, *given)

        return self.run(read())

    async def end_day(self):
        async with self.runtime.database.reading() as connection:
            day = await business_date(connection)
        closed = await close_cell(self.runtime, 0, day, self.standards)
        async with self.runtime.database.transaction() as connection:
            await advance_business_date(connection, day, day + timedelta(days=1))
        return closed

    async def _lend(self, new, money):
        payout = Account(0, AccountKind.CLEARING_PAYOUT)
        lead = Account(0, AccountKind.LENDER_FUNDS, new.lender)
        brought = [
            Transfer(self.new(), Account(0, AccountKind.LENDER_FUNDS, one.lender).id, lead.id,
                     one.principal_minor, Code.SHARE_FUNDED, subject=new.application)
            for one in (new.shares.members if new.shares else ()) if one.lender != new.lender
        ]  # fmt: skip
        amount = money.amount_minor
        subject = new.application
        hold = Transfer(self.new(), lead.id, payout.id, amount, Code.PAYOUT_HOLD, subject=subject)
        holds = [*brought, hold]
        async with self.runtime.database.transaction() as connection:
            today = await business_date(connection)
            await post(connection, 0, holds, today, self.runtime.clock.now())
            await open_loan(connection, self.runtime, new, money)

    async def _fund(self):
        capital = Account(0, AccountKind.CAPITAL)
        async with self.runtime.database.transaction() as connection:
            for lender in (1, 2, 3):
                funds = Account(0, AccountKind.LENDER_FUNDS, lender)
                payout = Account(0, AccountKind.CLEARING_PAYOUT)
                await open_accounts(connection, [capital, funds, payout])
                give = Transfer(self.new(), capital.id, funds.id, 10**14, Code.CAPITAL_IN)
                today = await business_date(connection)
                await post(connection, 0, [give], today, self.runtime.clock.now())


@pytest.fixture
def house(runtime, run):
    return House(runtime, run)
