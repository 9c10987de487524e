"""Transfers that wait, their ends, reversals and limits, through the ledger's door."""

import asyncio
from datetime import timedelta

import pytest
from tests.integration.ledger.conftest import CASH, DAY, FUNDS, HELD, WORLD, transfer

from tongtu.kernel.errors import NotFound, Refused
from tongtu.kernel.ids import AccountId, TransferId
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    PostingResult,
    balances_equal_replay,
    end_by_posting,
    end_by_voiding,
    expire_due,
    find_transfers,
    pending,
    post,
    reversal,
    set_limits,
)

MINUTE = timedelta(minutes=1)


def hold(books, number, amount, wait=MINUTE, **named):
    expires_at = books.runtime.clock.now() + wait
    return pending(
        transfer(number, FUNDS, CASH, amount, Code.DISBURSEMENT_CASH, **named), expires_at
    )


def test_what_is_held_is_not_available_to_anybody_else(books):
    assert books.post(hold(books, 2, 70_000)) == [0]
    before = books.all()

    assert books.post(transfer(3, FUNDS, HELD, 30_001)) == [PostingResult.INSUFFICIENT]
    assert books.all() == before
    assert books.standing(FUNDS) == (100_000, 70_000, 0)
    assert books.standing(CASH) == (0, 0, 70_000)
    assert books.post(transfer(4, FUNDS, HELD, 30_000)) == [0]


def test_a_hold_is_posted_in_part_and_the_rest_comes_free(books):
    waiting = hold(books, 2, 70_000)
    books.post(waiting)

    assert books.post(end_by_posting(waiting, TransferId(3), 25_000)) == [0]
    assert books.standing(FUNDS) == (75_000, 0, 0)
    assert books.standing(CASH) == (25_000, 0, 0)
    assert books.post(end_by_posting(waiting, TransferId(3), 25_000)) == [1]
    before = books.all()
    assert books.post(end_by_posting(waiting, TransferId(4), 1)) == [PostingResult.ENDED]
    assert books.post(end_by_voiding(waiting, TransferId(5))) == [PostingResult.ENDED]
    assert books.all() == before


def test_a_void_gives_all_of_a_hold_back(books):
    waiting = hold(books, 2, 70_000)

    assert books.post(waiting, end_by_voiding(waiting, TransferId(3))) == [0, 0]
    assert books.standing(FUNDS) == (100_000, 0, 0)
    assert books.standing(CASH) == (0, 0, 0)


@pytest.mark.parametrize("change", ["amount_minor", "debit", "original"])
def test_the_end_of_another_hold_is_refused(books, change):
    waiting = hold(books, 2, 70_000)
    books.post(waiting)
    before = books.all()
    end = end_by_posting(waiting, TransferId(3))
    wrong = {"amount_minor": 70_001, "debit": HELD.id, "original": TransferId(99)}[change]

    assert books.post(end._replace(**{change: wrong})) == [PostingResult.NO_ORIGINAL]
    assert books.all() == before


def test_a_linked_group_of_holds_and_posts_stands_or_falls_together(books):
    waiting = hold(books, 2, 70_000)
    books.post(waiting)
    before = books.all()

    group = (
        end_by_posting(waiting, TransferId(3))._replace(link=3),
        transfer(4, FUNDS, HELD, 30_001, link=3),
    )
    assert books.post(*group) == [5, 2]
    assert books.all() == before
    assert books.post(group[0], group[1]._replace(amount_minor=30_000)) == [0, 0]
    assert books.standing(FUNDS) == (0, 0, 0)


def test_an_expired_hold_cannot_be_posted_and_the_sweep_frees_it_once(books):
    waiting, later = hold(books, 2, 70_000), hold(books, 3, 20_000, wait=10 * MINUTE)
    books.post(waiting, later)
    at = books.runtime.clock.now() + MINUTE
    before = books.all()

    assert books.post(end_by_posting(waiting, TransferId(4)), at=at) == [PostingResult.WRONG_TIME]
    assert books.all() == before
    swept = [books.run(expire_due(books.runtime, 0, DAY, at)) for _ in range(2)]

    assert swept == [1, 0]
    assert books.standing(FUNDS) == (100_000, 20_000, 0)


def test_a_sweep_cut_off_after_any_commit_goes_on_where_it_stood(books):
    waiting = [hold(books, n, 10) for n in range(2, 1202)]
    assert set(books.post(*waiting)) == {0}
    at = books.runtime.clock.now() + MINUTE
    stopping = books.runtime.database.transaction
    calls = iter(range(10))

    class Stopped(Exception):
        pass

    def one_then_stop():
        if next(calls):
            raise Stopped
        return stopping()

    books.runtime.database.transaction = one_then_stop
    with pytest.raises(Stopped):
        books.run(expire_due(books.runtime, 0, DAY, at))
    books.runtime.database.transaction = stopping

    assert books.standing(FUNDS) == (100_000, 12_000 - 5_120, 0)
    assert books.run(expire_due(books.runtime, 0, DAY, at)) == 1200 - 512
    assert books.standing(FUNDS) == (100_000, 0, 0)
    assert books.read(balances_equal_replay).is_whole


def test_a_movement_is_reversed_once_and_both_stay_in_the_books(books):
    moved = transfer(2, FUNDS, HELD, 70_000, Code.PAYOUT_HOLD)
    books.post(moved)

    assert books.post(reversal(moved, TransferId(3))) == [0]
    assert books.standing(FUNDS) == (100_000, 0, 0)
    before = books.all()
    assert books.post(reversal(moved, TransferId(4))) == [PostingResult.ENDED]
    back = reversal(moved, TransferId(3))
    assert books.post(reversal(back, TransferId(5))) == [PostingResult.NO_ORIGINAL]
    assert books.all() == before
    found = books.read(find_transfers, 0, [TransferId(2), TransferId(3), TransferId(4)])
    assert found == {2: moved, 3: reversal(moved, TransferId(3))}


def test_a_reversal_never_brings_an_account_below_its_floor(books):
    moved = transfer(2, FUNDS, HELD, 70_000, Code.PAYOUT_HOLD)
    books.post(moved, transfer(3, HELD, CASH, 70_000, Code.DISBURSEMENT_CASH))
    before = books.all()

    assert books.post(reversal(moved, TransferId(4))) == [PostingResult.INSUFFICIENT]
    assert books.all() == before


def test_a_ceiling_counts_what_is_on_its_way_in(books):
    books.write(set_limits, CASH, None, 50_000)
    books.post(hold(books, 2, 30_000))
    before = books.all()

    assert books.post(transfer(3, FUNDS, CASH, 20_001)) == [PostingResult.ABOVE_CEILING]
    assert books.all() == before
    assert books.post(transfer(4, FUNDS, CASH, 20_000)) == [0]


def test_limits_that_the_account_is_beyond_are_refused(books):
    books.post(hold(books, 2, 30_000))
    before = books.all()
    asked = [(FUNDS, 70_001, None), (CASH, None, 29_999), (FUNDS, None, None), (FUNDS, -1, None)]
    codes = []
    for account, floor, ceiling in asked:
        with pytest.raises(Refused) as refused:
            books.write(set_limits, account, floor, ceiling)
        codes.append(refused.value.code)
    with pytest.raises(NotFound):
        books.write(set_limits, Account(0, AccountKind.SUSPENSE, 5), None, None)

    assert codes == ["balance_beyond_limit"] * 2 + ["floor_below_kind"] * 2
    assert books.all() == before
    books.write(set_limits, FUNDS, 70_000, None)
    assert books.post(transfer(3, FUNDS, CASH, 1)) == [PostingResult.INSUFFICIENT]


def test_two_writers_holding_from_one_account_never_promise_a_fen_twice(books, run, runtime):
    async def work(first, connection):
        answers, mine = [], []
        for start in range(first, first + 400, 10):
            batch = [hold(books, n, 170) for n in range(start, start + 10)]
            told = await post(connection, 0, batch, DAY, runtime.clock.now())
            answers += told
            mine += [one for one, answer in zip(batch, told, strict=True) if answer == 0]
            if len(mine) > 5 and start % 20:
                ends = [
                    end_by_posting(mine.pop(), TransferId(start + 5_000), 100),
                    end_by_voiding(mine.pop(), TransferId(start + 5_001)),
                ]
                assert await post(connection, 0, ends, DAY, runtime.clock.now()) == [0, 0]
        return answers

    async def scenario():
        connections = [await runtime.database.lane_connection() for _ in range(2)]
        try:
            return await asyncio.gather(
                *(work(first, c) for first, c in zip((10_000, 20_010), connections, strict=True))
            )
        finally:
            for connection in connections:
                await connection.close()

    first, second = run(scenario())
    balance, leaving, _ = books.standing(FUNDS)

    assert first.count(PostingResult.POSTED) > 10
    assert second.count(PostingResult.POSTED) > 10
    assert first.count(PostingResult.INSUFFICIENT) + second.count(PostingResult.INSUFFICIENT) > 10
    # Nobody was refused while there was enough: beside what the last two ends of each writer
    # freed (170 and 70), less than one hold is left.
    assert 0 <= balance - leaving < 170 + 2 * (170 + 70)
    assert books.standing(CASH) == (100_000 - balance, 0, leaving)
    assert books.read(balances_equal_replay).is_whole


def test_two_writers_ending_one_hold_end_it_once(books, run, runtime):
    async def scenario():
        told = []
        for number in range(100, 140):
            waiting = hold(books, number, 10)
            ends = [
                end_by_posting(waiting, TransferId(number + 1_000)),
                end_by_voiding(waiting, TransferId(number + 2_000)),
            ]
            async with runtime.database.transaction() as connection:
                assert await post(connection, 0, [waiting], DAY, runtime.clock.now()) == [0]

            async def end(one):
                async with runtime.database.transaction() as connection:
                    [answer] = await post(connection, 0, [one], DAY, runtime.clock.now())
                    return answer

            told.append(sorted(await asyncio.gather(*(end(one) for one in ends))))
        return told

    assert run(scenario()) == [[PostingResult.POSTED, PostingResult.ENDED]] * 40
    assert books.read(balances_equal_replay).is_whole
    assert books.standing(FUNDS)[1] == 0


def test_an_account_that_is_not_open_holds_nothing(books):
    before = books.all()
    unknown = hold(books, 2, 5)._replace(credit=AccountId(9))

    assert books.post(unknown) == [PostingResult.NO_ACCOUNT]
    assert books.all() == before
    assert books.standing(WORLD) == (-100_000, 0, 0)
