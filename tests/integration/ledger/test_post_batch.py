"""post_batch against the plainest possible model: one transfer after the other, in a dict."""

import random
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from itertools import product

import asyncpg
import pytest

from tongtu.ledger.api import AccountKind, is_forbidden

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
POST = "SELECT ledger.post_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
BALANCE_MAX = 4 * 10**18
# id: kind, floor, currency, opening balance. Balances are small, so that they run out often.
ACCOUNTS = {
    1: (AccountKind.LENDER_FUNDS, 0, "CNY", 300),
    2: (AccountKind.LENDER_FUNDS, 0, "CNY", 50),
    3: (AccountKind.CLEARING_PAYOUT, 0, "CNY", 0),
    4: (AccountKind.BORROWER_CASH, None, "CNY", 0),
    5: (AccountKind.LOAN_PRINCIPAL, -40, "CNY", 0),
    6: (AccountKind.PLATFORM_FEE, None, "CNY", 0),
    7: (AccountKind.LENDER_FUNDS, 0, "USD", 80),
    8: (AccountKind.CAPITAL, None, "CNY", -350),
    9: (AccountKind.SUSPENSE, None, "CNY", BALANCE_MAX - 60),
    10: (AccountKind.SUSPENSE, None, "CNY", 60 - BALANCE_MAX),
}


class Model:
    """Sequential semantics of the ledger, written for reading."""

    def __init__(self):
        self.balances = {account: facts[3] for account, facts in ACCOUNTS.items()}
        self.posted = {}

    def post(self, batch):
        """batch: (id, debit, credit, amount, code, link, subject); returns a code each."""
        results = [None] * len(batch)
        for n, transfer in enumerate(batch):
            if results[n] is None:
                link = transfer[5]
                group = [m for m, t in enumerate(batch) if m == n or (link and t[5] == link)]
                self._post_group(batch, group, results)
        return results

    def _post_group(self, batch, group, results):
        balances, posted = dict(self.balances), dict(self.posted)
        guilty = None
        for n in group:
            results[n] = self._post_one(batch[n])
            if results[n] > 1:
                guilty = n
                break
        if guilty is None:
            return
        self.balances, self.posted = balances, posted
        for n in group:
            if n != guilty:
                results[n] = 1 if posted.get(batch[n][0]) == batch[n][1:] else 5

    def _post_one(self, transfer):  # noqa: PLR0911 - a line a rule
        number, debit, credit, amount = transfer[:4]
        if number in self.posted:
            return 1 if self.posted[number] == transfer[1:] else 3
        if not 1 <= amount <= 10**15 or debit == credit:
            return 6
        if debit not in ACCOUNTS or credit not in ACCOUNTS:
            return 4
        if ACCOUNTS[debit][2] != ACCOUNTS[credit][2]:
            return 6
        if is_forbidden(ACCOUNTS[debit][0], ACCOUNTS[credit][0]):
            return 7
        floor = ACCOUNTS[debit][1]
        if floor is not None and self.balances[debit] - amount < floor:
            return 2
        if self.balances[debit] - amount < -BALANCE_MAX:
            return 6
        if self.balances[credit] + amount > BALANCE_MAX:
            return 6
        self.balances[debit] -= amount
        self.balances[credit] += amount
        self.posted[number] = transfer[1:]
        return 0


class Generator:
    """Random batches: calm ones for the fast way, wild ones with everything that can go wrong."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.next = 1
        self.seen = []

    def batch(self):
        is_wild = self.random.random() < 0.7
        size = self.random.choice((1, 2, 3, 5, 8, 13, 30))
        return [self._transfer(is_wild) for _ in range(size)]

    def _transfer(self, is_wild):
        pick = self.random.random
        if is_wild and self.seen and pick() < 0.2:
            again = self.random.choice(self.seen[-40:])
            if pick() < 0.3:
                place = self.random.randrange(1, 7)
                again = (*again[:place], again[place] + 1, *again[place + 1 :])
            return again
        accounts = [*ACCOUNTS, 99] if is_wild else [1, 2, 3, 4, 8]
        debit = self.random.choice(accounts)
        credit = self.random.choice([a for a in accounts if is_wild or a != debit])
        amount = self.random.choice(
            (1, 7, 25, 60, 0, -5, 10**15, 10**15 + 1, 2**63 - 2)
            if is_wild and pick() < 0.15
            else (1, 2, 7, 25, 400)
        )
        link = self.random.choice((0, 0, 501, 502))
        transfer = (self.next, debit, credit, amount, self.random.choice((1, 2)), link, 7)
        self.next += self.random.choice((1, 1, 3))
        self.seen.append(transfer)
        return transfer


@asynccontextmanager
async def open_books(database_url):
    connection = await asyncpg.connect(database_url)
    try:
        await connection.executemany(
            "INSERT INTO ledger.account"
            " (cell, kind, id, owner, balance_minor, floor_minor, currency)"
            " VALUES (0, $1, $2, 0, $3, $4, $5)",
            [
                (kind, account, balance, floor, currency)
                for account, (kind, floor, currency, balance) in ACCOUNTS.items()
            ],
        )
        yield connection
    finally:
        await connection.close()


async def post(connection, batch, cell=0):
    columns = [list(column) for column in zip(*batch, strict=True)] or [[]] * 7
    return await connection.fetchval(POST, cell, *columns, DAY, AT)


async def books(connection):
    balances = dict(await connection.fetch("SELECT id, balance_minor FROM ledger.account"))
    rows = await connection.fetch(
        "SELECT id, debit, credit, amount_minor, code, link, subject FROM ledger.transfer"
    )
    return balances, {row[0]: tuple(row)[1:] for row in rows}


@pytest.mark.parametrize("seed", [20261124, 2, 3])
def test_random_batches_give_the_answers_and_books_of_one_by_one_posting(run, database_url, seed):
    async def scenario():
        async with open_books(database_url) as connection:
            model, generator = Model(), Generator(seed)
            counts = dict.fromkeys(range(8), 0)
            for number in range(500):
                batch = generator.batch()
                answers = await post(connection, batch)
                assert answers == model.post(batch), (seed, number, batch)
                for answer in answers:
                    counts[answer] += 1
            balances, posted = await books(connection)

            assert balances == model.balances
            assert posted == model.posted
            # The generator can say everything: each answer was reached often.
            assert min(counts.values()) >= 20, counts

    run(scenario())


def test_the_books_and_the_rule_name_the_same_forbidden_pairs(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            for debit, credit in product(AccountKind, AccountKind):
                found = await connection.fetchval(
                    "SELECT ledger.is_forbidden($1, $2)", debit, credit
                )
                assert found == is_forbidden(debit, credit), (debit, credit)

    run(scenario())


def refused(run, database_url, batch, cell=0):
    """Post `batch` on fresh accounts, prove that nothing changed, return the answers."""

    async def scenario():
        async with open_books(database_url) as connection:
            before = await books(connection)
            answers = await post(connection, batch, cell)
            assert await books(connection) == before
            return answers

    return run(scenario())


def test_a_fee_from_a_borrower_to_the_platform_is_refused_by_the_books(run, database_url):
    assert refused(run, database_url, [(1, 4, 6, 100, 40, 0, 7)]) == [7]


def test_one_short_member_fails_its_whole_linked_group(run, database_url):
    batch = [(1, 1, 3, 300, 10, 9, 7), (2, 2, 3, 51, 10, 9, 7), (3, 8, 1, 5, 1, 9, 7)]

    assert refused(run, database_url, batch) == [5, 2, 5]


def test_accounts_of_another_cell_are_unknown(run, database_url):
    assert refused(run, database_url, [(1, 1, 3, 1, 10, 0, 7)], cell=1) == [4]


def test_an_empty_batch_has_an_empty_answer(run, database_url):
    assert refused(run, database_url, []) == []


def test_a_batch_of_4096_posts_and_one_more_is_an_error(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            batch = [(n, 8, 4, 1, 1, 0, 7) for n in range(1, 4098)]
            with pytest.raises(asyncpg.DataError):
                await post(connection, batch)
            nothing = await books(connection)
            answers = await post(connection, batch[:-1])
            balances, posted = await books(connection)

            assert (nothing[0][4], nothing[1]) == (0, {})
            assert answers == [0] * 4096
            assert (balances[4], balances[8], len(posted)) == (4096, -350 - 4096, 4096)

    run(scenario())


def test_columns_of_different_length_are_an_error(run, database_url):
    async def scenario():
        async with open_books(database_url) as connection:
            with pytest.raises(asyncpg.DataError):
                await connection.fetchval(POST, 0, [1], [1], [2], [5], [1], [0], [], DAY, AT)

    run(scenario())
