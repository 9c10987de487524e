"""What a posting does while another transaction stands in its way: no luck of timing involved."""

import asyncio
from contextlib import asynccontextmanager
from datetime import date

import pytest

from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.api import Account, AccountKind, Code, Transfer, open_accounts, post

DAY = date(2026, 11, 24)
ACCOUNTS = [Account(0, AccountKind.SUSPENSE, n) for n in range(4)]
LOW, MIDDLE, HIGH, OTHER = sorted(account.id for account in ACCOUNTS)
WAIT_S = 5
BLOCKS = "SELECT pg_backend_pid() = ANY (pg_blocking_pids($1))"


def transfer(number, debit, credit, amount=5):
    return Transfer(
        TransferId(number), AccountId(debit), AccountId(credit), amount, Code.CORRECTION
    )


@asynccontextmanager
async def standing_in_the_way(runtime, hold, batch):
    """`hold` runs in an open transaction; `batch` is posted and waits for it; yield its task."""
    async with runtime.database.transaction() as connection:
        await open_accounts(connection, ACCOUNTS)

    pid = asyncio.get_running_loop().create_future()

    async def post_it():
        async with runtime.database.transaction() as connection:
            pid.set_result(connection.get_server_pid())
            return await post(connection, 0, batch, DAY, runtime.clock.now())

    async with runtime.database.transaction() as holder:
        await hold(holder)
        waiting = asyncio.create_task(post_it())
        async with asyncio.timeout(WAIT_S):
            while not await holder.fetchval(BLOCKS, await pid):
                await asyncio.wait([waiting], timeout=0.005)
        yield waiting
    await asyncio.wait([waiting])


@pytest.mark.parametrize("amount", [5, 0])  # the fast way and the exact way
def test_accounts_are_locked_in_the_order_of_their_ids(run, runtime, amount):
    async def hold(connection):
        await connection.fetch("SELECT FROM ledger.account WHERE id = $1 FOR UPDATE", MIDDLE)

    async def scenario():
        batch = [transfer(1, HIGH, MIDDLE, amount), transfer(2, MIDDLE, LOW)]
        # By balance or by place in the table the order would be another one.
        async with runtime.database.transaction() as connection:
            await open_accounts(connection, ACCOUNTS)
            await connection.execute(
                "UPDATE ledger.account SET balance_minor = CASE id WHEN $1 THEN 9 ELSE -9 END"
                " WHERE id IN ($1, $2)",
                LOW,
                HIGH,
            )

        async with (
            standing_in_the_way(runtime, hold, batch) as waiting,
            runtime.database.transaction() as other,
        ):
            free = await other.fetch(
                "SELECT id FROM ledger.account ORDER BY id FOR UPDATE SKIP LOCKED"
            )
        return [row["id"] for row in free], await waiting

    free, answers = run(scenario())

    assert free == [HIGH, OTHER]
    assert answers == ([0, 0] if amount else [6, 0])


@pytest.mark.parametrize("is_exact", [False, True])
def test_an_id_that_is_just_being_written_elsewhere_is_waited_for_and_told(run, runtime, is_exact):
    async def hold(connection):
        answers = await post(connection, 0, [transfer(1, LOW, MIDDLE)], DAY, runtime.clock.now())
        assert answers == [0]

    async def scenario():
        batch = [transfer(2, HIGH, OTHER), transfer(1, HIGH, OTHER)]
        batch += [transfer(9, HIGH, OTHER, 0)] if is_exact else []
        async with standing_in_the_way(runtime, hold, batch) as waiting:
            assert not waiting.done()
        async with runtime.database.reading() as connection:
            rows = await connection.fetch("SELECT id, debit FROM ledger.transfer ORDER BY id")
        return await waiting, [tuple(row) for row in rows]

    answers, rows = run(scenario())

    assert answers == ([0, 3, 6] if is_exact else [0, 3])
    assert rows == [(1, LOW), (2, HIGH)]
