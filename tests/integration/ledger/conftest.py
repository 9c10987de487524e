"""The accounts most of these tests post to, and short ways to post and look."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tongtu.kernel.ids import TransferId
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    Transfer,
    balances_equal_replay,
    open_accounts,
    post,
    standings,
)

DAY = date(2026, 11, 24)
WORLD = Account(0, AccountKind.CAPITAL)
FUNDS = Account(0, AccountKind.LENDER_FUNDS, 1)
HELD = Account(0, AccountKind.CLEARING_PAYOUT, 1)
CASH = Account(0, AccountKind.BORROWER_CASH, 1 << 22)
ACCOUNTS = (WORLD, FUNDS, HELD, CASH)


def transfer(number, debit, credit, amount, code=Code.CORRECTION, **named):
    return Transfer(TransferId(number), debit.id, credit.id, amount, code, **named)


@dataclass
class Books:
    """One runtime's books, synchronously."""

    run: Any
    runtime: Any

    def write(self, ask, *arguments):
        async def scenario():
            async with self.runtime.database.transaction() as connection:
                return await ask(connection, *arguments)

        return self.run(scenario())

    def read(self, ask, *arguments):
        async def scenario():
            async with self.runtime.database.reading() as connection:
                return await ask(connection, *arguments)

        return self.run(scenario())

    def post(self, *transfers, day=DAY, at=None):
        return self.write(post, 0, transfers, day, at or self.runtime.clock.now())

    def standing(self, account):
        found = self.read(standings, 0, [account.id])[account.id]
        return found.balance_minor, found.held_debit_minor, found.held_credit_minor

    def all(self):
        """Everything a refused action must leave as it was."""
        replay = self.read(balances_equal_replay)
        assert replay.is_whole
        return replay, [self.standing(account) for account in ACCOUNTS]


@pytest.fixture
def books(run, runtime):
    """Open the accounts and give the lender 1,000.00."""
    made = Books(run, runtime)
    made.write(open_accounts, list(ACCOUNTS))
    assert made.post(
        transfer(1, WORLD, FUNDS, 100_000, Code.CAPITAL_IN), day=date(2026, 11, 1)
    ) == [0]
    return made
