import asyncio
import random
from collections import Counter
from datetime import UTC, date, datetime

import asyncpg
import pytest

from tongtu.funding.api import (
    Opening,
    QuotaShort,
    change_limit,
    exchange_quota,
    open_day,
    open_lenders,
    quotas,
    release_quota,
    reserve_quota,
)
from tongtu.kernel.errors import Conflict
from tongtu.ledger.api import Account, AccountKind, balances, balances_equal_replay

DAY = date(2026, 11, 24)
NEXT = date(2026, 11, 25)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
RESERVE = "select funding.reserve_batch($1, $2, $3, $4)"
RELEASE = "select funding.release_batch($1, $2, $3, $4)"
HELD = "select program, reserved_minor from funding.quota where cell = 0 and day = $1 order by 1"


def held(rows, day=DAY):
    return {program: amount for program, amount in rows(HELD, day) if amount}


def in_transaction(database, run, step):
    async def work():
        async with database.transaction() as connection:
            return await step(connection)

    return run(work())


def test_a_batch_takes_the_sum_of_its_amounts_from_each_program(opened, run, rows):
    in_transaction(
        opened, run, lambda c: c.execute(RESERVE, 0, DAY, [501, 101, 501], [300, 1_000, 25])
    )

    assert held(rows) == {101: 1_000, 501: 325}


def test_a_program_that_is_short_stops_the_whole_batch_and_takes_nothing(opened, run, rows):
    limit = 20_000_000_000
    in_transaction(opened, run, lambda c: c.execute(RESERVE, 0, DAY, [101], [limit - 10]))

    with pytest.raises(asyncpg.PostgresError) as short:
        in_transaction(opened, run, lambda c: c.execute(RESERVE, 0, DAY, [201, 101], [5, 11]))

    assert short.value.sqlstate == "TQ001"
    assert held(rows) == {101: limit - 10}
    in_transaction(opened, run, lambda c: c.execute(RESERVE, 0, DAY, [201, 101], [5, 10]))
    assert held(rows) == {101: limit, 201: 5}
    with pytest.raises(QuotaShort):
        in_transaction(opened, run, lambda c: reserve_quota(c, 0, DAY, {101: 1}))


@pytest.mark.parametrize("amounts", [[0], [-5], [None], [1, 2]])
def test_an_amount_that_is_none_takes_nothing(opened, run, rows, amounts):
    with pytest.raises(asyncpg.PostgresError) as refused:
        in_transaction(opened, run, lambda c: c.execute(RESERVE, 0, DAY, [101], amounts))

    assert refused.value.sqlstate == "22023"
    assert held(rows) == {}


def test_a_program_nobody_has_is_short(opened, run, rows):
    with pytest.raises(QuotaShort):
        in_transaction(opened, run, lambda c: reserve_quota(c, 0, DAY, {101: 1, 999: 1}))

    assert held(rows) == {}


def test_an_empty_batch_is_done(opened, run, rows):
    in_transaction(opened, run, lambda c: c.execute(RESERVE, 0, DAY, [], []))

    assert held(rows) == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_concurrent_batches_never_pass_a_quota_and_none_waits_in_a_circle(
    opened, run, rows, book, seed
):
    """Sixteen lanes, overlapping programs in any order, limits that run out half-way."""
    draw = random.Random(seed)
    programs = [program.id for program in book.programs()]
    limits = {program: draw.randrange(2_000, 9_000) for program in programs}
    batches = [
        [
            (program, draw.randrange(1, 400))
            for program in draw.sample(programs, draw.randrange(1, 6))
        ]
        for _ in range(160)
    ]
    taken = Counter()

    async def worker(connection, own):
        for batch in own:
            names, amounts = zip(*batch, strict=True)
            try:
                await connection.execute(RESERVE, 0, DAY, names, amounts)
            except asyncpg.PostgresError as error:
                assert error.sqlstate == "TQ001"
                continue
            taken.update(dict(batch))
            if draw.random() < 0.2:
                await connection.execute(RELEASE, 0, DAY, names, amounts)
                taken.subtract(dict(batch))

    async def everybody():
        async with opened.transaction() as connection:
            for program, limit in limits.items():
                await change_limit(connection, 0, DAY, program, limit)
        connections = [await opened.lane_connection() for _ in range(16)]
        try:
            await asyncio.gather(
                *(worker(one, batches[n::16]) for n, one in enumerate(connections))
            )
        finally:
            for one in connections:
                await one.close()

    run(everybody())

    assert held(rows) == {program: amount for program, amount in taken.items() if amount}
    assert all(taken[program] <= limits[program] for program in programs)
    refused = sum(taken.values()) < sum(amount for batch in batches for _, amount in batch)
    assert refused, "the limits did not run out, so nothing was proved"


def test_a_day_opens_at_its_first_use_and_reads_as_whole_before(opened, run, rows, book):
    whole = {
        program.id: program.day_limit_minor
        for lender in book.everybody()
        for program in lender.programs
    }

    assert in_transaction(opened, run, lambda c: quotas(c, 0, NEXT)) == whole
    assert rows(HELD, NEXT) == []

    in_transaction(opened, run, lambda c: reserve_quota(c, 0, NEXT, {301: 70}))

    assert in_transaction(opened, run, lambda c: quotas(c, 0, NEXT)) == whole | {
        301: whole[301] - 70
    }
    assert len(rows(HELD, NEXT)) == len(whole)
    assert held(rows) == {}
    assert in_transaction(opened, run, lambda c: open_day(c, 0, NEXT)) == 0


def test_two_first_users_of_a_day_both_get_their_amount(opened, run, rows):
    async def both():
        connections = [await opened.lane_connection() for _ in range(2)]
        await asyncio.gather(*(one.execute(RESERVE, 0, NEXT, [301], [7]) for one in connections))
        for one in connections:
            await one.close()

    run(both())

    assert held(rows, NEXT) == {301: 14}


def test_what_is_released_can_be_reserved_again_and_no_more_than_was_reserved(opened, run, rows):
    in_transaction(opened, run, lambda c: reserve_quota(c, 0, DAY, {301: 100, 401: 50}))
    in_transaction(opened, run, lambda c: release_quota(c, 0, DAY, {301: 40, 401: 50}))
    assert held(rows) == {301: 60}

    with pytest.raises(asyncpg.CheckViolationError):
        in_transaction(opened, run, lambda c: release_quota(c, 0, DAY, {301: 61}))
    with pytest.raises(asyncpg.PostgresError, match="does not exist"):
        in_transaction(opened, run, lambda c: release_quota(c, 0, NEXT, {301: 1}))

    assert held(rows) == {301: 60}


def test_a_limit_never_falls_below_what_is_reserved(opened, run):
    in_transaction(opened, run, lambda c: reserve_quota(c, 0, DAY, {301: 100}))

    with pytest.raises(Conflict):
        in_transaction(opened, run, lambda c: change_limit(c, 0, DAY, 301, 99))
    in_transaction(opened, run, lambda c: change_limit(c, 0, DAY, 301, 100))

    assert in_transaction(opened, run, lambda c: quotas(c, 0, DAY))[301] == 0


def test_lenders_open_once_with_their_money_and_the_books_are_whole(opened, run, rows, book):
    in_transaction(opened, run, lambda c: open_lenders(c, book, Opening(DAY, AT, 1)))

    accounts = [Account(0, AccountKind.LENDER_FUNDS, one.number).id for one in book.everybody()]
    found = in_transaction(opened, run, lambda c: balances(c, 0, accounts))
    replay = in_transaction(opened, run, balances_equal_replay)
    assert [found[account] for account in accounts] == [one.funds_minor for one in book.everybody()]
    assert (replay.transfers, replay.differences, replay.sum_minor) == (9, 0, 0)
    assert rows("select count(*) from funding.lender") == [(8,)]
    ready = Account(0, AccountKind.GUARANTOR_FUNDS, 31).id
    held = in_transaction(opened, run, lambda c: balances(c, 0, [ready]))
    assert held == {ready: book.guarantor(31).funds_minor}


def test_a_program_that_left_the_book_offers_nothing_any_more(opened, run, rows, book):
    class Smaller:
        guarantors = book.guarantors

        @staticmethod
        def everybody():
            return tuple(one for one in book.everybody() if one.number != 5)

    in_transaction(opened, run, lambda c: open_lenders(c, Smaller, Opening(DAY, AT, 1)))

    assert 501 not in in_transaction(opened, run, lambda c: quotas(c, 0, DAY))
    assert rows("select is_open from funding.program where id = 501") == [(False,)]


def test_cells_share_a_days_budget_and_never_each_others_slice(runtime, run, book):
    database = runtime.database
    in_transaction(database, run, lambda c: open_lenders(c, book, Opening(DAY, AT, 4)))

    in_transaction(database, run, lambda c: reserve_quota(c, 3, DAY, {101: 5_000_000_000}))

    left = [in_transaction(database, run, lambda c, n=n: quotas(c, n, DAY))[101] for n in range(4)]
    assert left == [5_000_000_000, 5_000_000_000, 5_000_000_000, 0]
    with pytest.raises(QuotaShort):
        in_transaction(database, run, lambda c: reserve_quota(c, 3, DAY, {101: 1}))


ROW = "select from funding.quota where cell = 0 and day = $1 and program = $2 for update"
WAITS = "select exists (select from pg_locks where not granted)"


def test_what_gives_back_and_takes_waits_for_a_batch_in_its_order_and_never_in_a_circle(
    opened, run, rows
):
    in_transaction(opened, run, lambda c: reserve_quota(c, 0, DAY, {501: 70}))

    async def swap():
        async with opened.transaction() as connection:
            await exchange_quota(connection, 0, DAY, {501: 70}, (101, 40, 0))

    async def both():
        async with opened.transaction() as batch:
            await batch.execute(ROW, DAY, 101)
            other = asyncio.create_task(swap())
            async with asyncio.timeout(10):
                while not await batch.fetchval(WAITS):
                    pass
            # The other waits for 101 and has not locked 501.
            await batch.execute(RESERVE, 0, DAY, [101, 501], [1, 2])
        await other

    run(both())

    assert held(rows) == {101: 41, 501: 2}


def test_an_amount_that_is_not_there_is_not_taken_and_what_was_held_stays_held(opened, run, rows):
    in_transaction(opened, run, lambda c: reserve_quota(c, 0, DAY, {501: 70}))
    left = in_transaction(opened, run, lambda c: quotas(c, 0, DAY))[101]

    with pytest.raises(QuotaShort):
        wanted = (101, left + 1, 1_000_000)
        in_transaction(opened, run, lambda c: exchange_quota(c, 0, DAY, {501: 70}, wanted))

    assert held(rows) == {501: 70}
