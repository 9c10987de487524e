import asyncio
import random
from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from tongtu.kernel.errors import Broken, NotFound
from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    Posting,
    PostingResult,
    Replay,
    Transfer,
    balances,
    balances_equal_replay,
    find_or_open,
    ledger_lane,
    open_accounts,
    post,
    statement,
    totals,
)

DAY = date(2026, 11, 24)
WORLD = Account(0, AccountKind.CAPITAL)
FUNDS = Account(0, AccountKind.LENDER_FUNDS, 1)
HELD = Account(0, AccountKind.CLEARING_PAYOUT, 1)
CASH = Account(0, AccountKind.BORROWER_CASH, 1 << 22)


def transfer(number, debit, credit, amount, code=Code.CORRECTION, **named):
    return Transfer(TransferId(number), debit.id, credit.id, amount, code, **named)


def funding(amount):
    return transfer(1, WORLD, FUNDS, amount, Code.CAPITAL_IN)


async def write(runtime, ask, *arguments):
    async with runtime.database.transaction() as connection:
        return await ask(connection, *arguments)


async def read(runtime, ask, *arguments):
    async with runtime.database.reading() as connection:
        return await ask(connection, *arguments)


async def opened(runtime, *transfers, day=DAY):
    await write(runtime, open_accounts, [WORLD, FUNDS, HELD, CASH])
    return await write(runtime, post, 0, transfers, day, runtime.clock.now())


def test_a_payout_moves_money_and_the_books_stay_whole(run, runtime):
    async def scenario():
        results = await opened(
            runtime,
            funding(100_000),
            transfer(2, FUNDS, HELD, 30_000, Code.PAYOUT_HOLD, link=2),
            transfer(3, HELD, CASH, 30_000, Code.DISBURSEMENT_CASH, link=2),
        )
        accounts = [WORLD.id, FUNDS.id, HELD.id, CASH.id, AccountId(5)]
        return (
            results,
            await read(runtime, balances, 0, accounts),
            await read(runtime, totals),
            await read(runtime, balances_equal_replay),
        )

    results, held, by_kind, replay = run(scenario())

    assert results == [PostingResult.POSTED] * 3
    assert held == {WORLD.id: -100_000, FUNDS.id: 70_000, HELD.id: 0, CASH.id: 30_000}
    assert by_kind == {
        AccountKind.CAPITAL: -100_000,
        AccountKind.LENDER_FUNDS: 70_000,
        AccountKind.CLEARING_PAYOUT: 0,
        AccountKind.BORROWER_CASH: 30_000,
    }
    assert replay == Replay(accounts=4, transfers=3, differences=0, sum_minor=0)
    assert replay.is_whole


@pytest.mark.parametrize(
    ("change", "replay"),
    [
        ("UPDATE ledger.account SET balance_minor = balance_minor + 1 WHERE kind = 1",
         Replay(4, 2, 1, 1)),
        ("UPDATE ledger.transfer SET amount_minor = amount_minor + 1 WHERE id = 2",
         Replay(4, 2, 2, 0)),
        ("DELETE FROM ledger.transfer WHERE id = 2", Replay(4, 1, 2, 0)),
        ("DELETE FROM ledger.account WHERE kind = 6", Replay(4, 2, 1, 40)),
        ("UPDATE ledger.account SET balance_minor = balance_minor + 1 WHERE kind IN (1, 6)",
         Replay(4, 2, 2, 2)),
    ],
)  # fmt: skip
def test_the_replay_finds_books_that_were_changed(run, runtime, change, replay):
    async def scenario():
        await opened(runtime, funding(100), transfer(2, FUNDS, CASH, 40))
        await write(runtime, lambda connection: connection.execute(change))
        return await read(runtime, balances_equal_replay)

    assert run(scenario()) == replay


def test_an_account_is_opened_once_and_found_again(run, runtime):
    async def scenario():
        ids = [
            await write(runtime, find_or_open, 0, AccountKind.LOAN_PRINCIPAL, 3, "consumer_cash")
            for _ in range(2)
        ]
        return ids, (await read(runtime, balances_equal_replay)).accounts

    ids, accounts = run(scenario())

    assert ids == [Account(0, AccountKind.LOAN_PRINCIPAL, 3, "consumer_cash").id] * 2
    assert accounts == 1


def test_an_account_opened_by_many_at_once_is_one_account(run, runtime):
    async def scenario():
        await asyncio.gather(
            *(write(runtime, open_accounts, [FUNDS, HELD, CASH][::step]) for step in (1, -1) * 4)
        )
        return (await read(runtime, balances_equal_replay)).accounts

    assert run(scenario()) == 3


def test_an_id_that_another_account_holds_is_a_fault(run, runtime):
    async def scenario():
        await write(runtime, open_accounts, [CASH])
        await write(runtime, lambda c: c.execute("UPDATE ledger.account SET owner = 9"))
        with pytest.raises(Broken) as fault:
            await write(runtime, open_accounts, [CASH, FUNDS])
        return fault.value.code, (await read(runtime, balances_equal_replay)).accounts

    assert run(scenario()) == ("account_id_taken", 1)


def test_a_statement_opens_lists_and_closes_to_the_fen(run, runtime):
    async def scenario():
        await opened(runtime, funding(1_000), day=date(2026, 11, 1))
        for day, number in ((5, 2), (10, 4), (20, 6)):
            legs = [transfer(number, FUNDS, CASH, 100), transfer(number + 1, WORLD, FUNDS, 7)]
            await write(runtime, post, 0, legs, date(2026, 11, day), runtime.clock.now())
        november = (date(2026, 11, 5), date(2026, 11, 10))
        with pytest.raises(NotFound):
            await read(runtime, statement, replace(FUNDS, cell=1), *november)
        empty = await read(runtime, statement, FUNDS, date(2026, 12, 1), date(2026, 12, 31))
        return await read(runtime, statement, FUNDS, *november), empty

    found, empty = run(scenario())

    assert (found.opening_minor, found.closing_minor) == (1_000, 814)
    assert [(line.transfer, line.amount_minor, line.counterparty) for line in found.lines] == [
        (2, -100, CASH.id), (3, 7, WORLD.id), (4, -100, CASH.id), (5, 7, WORLD.id),
    ]  # fmt: skip
    assert (empty.opening_minor, empty.closing_minor, empty.lines) == (721, 721, ())


def test_two_connections_on_the_same_hot_accounts_neither_deadlock_nor_lose_a_fen(run, runtime):
    accounts = [Account(0, AccountKind.LENDER_FUNDS, n) for n in range(1, 7)]

    async def work(seed, first):
        draw, results = random.Random(seed), []
        connection = await runtime.database.lane_connection()
        try:
            for start in range(first, first + 1_200, 30):
                batch = [
                    transfer(n, *draw.sample(accounts, 2), draw.randint(1, 400))
                    for n in range(start, start + 30)
                ]
                results += await post(connection, 0, batch, DAY, runtime.clock.now())
        finally:
            await connection.close()
        return results

    async def scenario():
        await write(runtime, open_accounts, [WORLD, *accounts])
        seeds = [transfer(n, WORLD, accounts[n - 1], 1_000) for n in range(1, 7)]
        await write(runtime, post, 0, seeds, DAY, runtime.clock.now())
        results = await asyncio.gather(work(1, 10_000), work(2, 20_000))
        held = await read(runtime, balances, 0, [account.id for account in accounts])
        return [*results[0], *results[1]], held, await read(runtime, balances_equal_replay)

    results, held, replay = run(scenario())
    posted = results.count(PostingResult.POSTED)

    assert posted + results.count(PostingResult.INSUFFICIENT) == 2_400
    assert 0 < results.count(PostingResult.INSUFFICIENT) < 2_400
    assert sum(held.values()) == 6_000
    assert min(held.values()) >= 0
    assert replay == Replay(accounts=7, transfers=posted + 6, differences=0, sum_minor=0)


def test_one_id_written_by_two_at_once_with_other_accounts_is_posted_once(run, runtime):
    pairs = [
        (Account(0, AccountKind.SUSPENSE, n), Account(0, AccountKind.SUSPENSE, n + 1))
        for n in (1, 3, 5, 7)
    ]

    async def scenario():
        await write(runtime, open_accounts, [account for pair in pairs for account in pair])
        answers = []
        for start in range(1, 200, 4):
            batches = [
                [transfer(n, *pair, 5) for n in range(start, start + 4)][:: (-1) ** turn]
                for turn, pair in enumerate(pairs)
            ]
            answers += await asyncio.gather(
                *(write(runtime, post, 0, batch, DAY, runtime.clock.now()) for batch in batches)
            )
        return [one for batch in answers for one in batch], await read(
            runtime, balances_equal_replay
        )

    answers, replay = run(scenario())

    assert answers.count(PostingResult.POSTED) == 200
    assert answers.count(PostingResult.OTHER_BODY) == 600
    assert replay == Replay(accounts=8, transfers=200, differences=0, sum_minor=0)


def test_the_lane_answers_each_caller_and_a_repeated_posting_has_one_effect(run, runtime):
    async def scenario():
        await opened(runtime, funding(1_000))
        lane = ledger_lane(runtime, 0)
        await lane.start()
        postings = [Posting(DAY, (transfer(n, FUNDS, CASH, 300),)) for n in (2, 3, 4, 5)]
        pair = (
            transfer(6, WORLD, FUNDS, 50, link=6),
            transfer(7, FUNDS, CASH, 999, link=6),
        )
        postings += [Posting(date(2026, 11, 25), pair), postings[0]]
        answers = await asyncio.gather(*(lane.submit(posting) for posting in postings))
        await lane.stop()
        return answers, await read(runtime, balances, 0, [FUNDS.id, CASH.id])

    answers, held = run(scenario())

    assert answers == [(0,), (0,), (0,), (2,), (5, 2), (1,)]
    assert held == {FUNDS.id: 100, CASH.id: 900}


def test_the_database_itself_refuses_a_balance_below_its_floor(run, runtime):
    async def scenario():
        await opened(runtime, funding(10))
        with pytest.raises(asyncpg.CheckViolationError):
            await write(
                runtime,
                lambda c: c.execute("UPDATE ledger.account SET balance_minor = -1 WHERE kind = 1"),
            )
        return await read(runtime, balances, 0, [FUNDS.id])

    assert run(scenario()) == {FUNDS.id: 10}
