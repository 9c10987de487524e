"""Balances of any day and moment, statements, trial balance, closed periods and adjustments."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.integration.ledger.conftest import ACCOUNTS, CASH, FUNDS, HELD, WORLD, transfer

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import TransferId
from tongtu.ledger.api import (
    AccountKind,
    Code,
    PostingResult,
    balances_at,
    balances_on,
    chart,
    close_period,
    end_by_posting,
    list_periods,
    pending,
    reversal,
    roll_days,
    statement,
    trial_balance,
)

FIRST = date(2026, 11, 1)
ONE_DAY = timedelta(days=1)
LAST = date(2026, 11, 23)  # the day before the open one
CROWD = 1_001  # one more movement than a roll-up lists


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture
def history(books):
    """Post for three weeks, half of it rolled up, a busy day in between; return what moved."""
    draw, number, moved = random.Random(7), 2, [(FIRST, noon(FIRST), WORLD, FUNDS, 100_000)]
    books.write(lambda c: c.execute("UPDATE ledger.transfer SET at = $1", noon(FIRST)))
    for offset in range(24):
        day = FIRST + offset * ONE_DAY
        if offset == 12:
            books.run(roll_days(books.runtime, 0, day - ONE_DAY))
        batch = []
        for _ in range(CROWD if offset == 5 else draw.choice((0, 1, 4))):
            debit, credit = draw.choice(((FUNDS, CASH), (CASH, FUNDS), (WORLD, FUNDS)))
            batch.append(transfer(number, debit, credit, draw.randint(1, 40)))
            moved.append((day, noon(day), debit, credit, batch[-1].amount_minor))
            number += 1
        waiting = pending(transfer(number, FUNDS, HELD, 50), noon(day) + ONE_DAY)
        assert set(books.post(*batch, waiting, day=day, at=noon(day))) == {0}
        if offset % 3 == 0:
            end = end_by_posting(waiting, TransferId(number + 1), 30)
            assert books.post(end, day=day, at=noon(day)) == [0]
            moved.append((day, noon(day), FUNDS, HELD, 30))
        number += 2
    return moved


def summed(moved, account, until):
    return sum(
        (amount if credit is account else 0) - (amount if debit is account else 0)
        for day, at, debit, credit, amount in moved
        if until(day, at)
    )


def check_everything(books, moved):
    """Compare every day, moment and period with the plain sums of what moved."""
    for offset in range(-1, 26):
        day = FIRST + offset * ONE_DAY
        on_day = {a.id: summed(moved, a, lambda d, _, day=day: d <= day) for a in ACCOUNTS}
        at_noon = {a.id: summed(moved, a, lambda _, at, day=day: at <= noon(day)) for a in ACCOUNTS}

        assert books.read(balances_on, 0, list(on_day), day) == on_day
        assert books.read(balances_at, 0, list(on_day), noon(day)) == at_noon
        trial = books.read(trial_balance, 1, day)
        assert trial.sums_minor in ({"CNY": 0}, {})
        by_kind = {line.kind: line.closing_minor for line in trial.lines}
        assert by_kind.get(AccountKind.LENDER_FUNDS, 0) == on_day[FUNDS.id]
        assert by_kind.get(AccountKind.BORROWER_CASH, 0) == on_day[CASH.id]
        for first in (FIRST, day - 3 * ONE_DAY):
            found = books.read(statement, FUNDS, first, day)
            lines = [
                amount if credit is FUNDS else -amount
                for d, _, debit, credit, amount in moved
                if first <= d <= day and FUNDS in (debit, credit)
            ]
            assert sorted(line.amount_minor for line in found.lines) == sorted(lines)
            assert found.closing_minor == on_day[FUNDS.id]
            assert found.opening_minor == summed(moved, FUNDS, lambda d, _, f=first: d < f)


def test_every_day_moment_and_statement_is_the_sum_of_what_moved(books, history):
    check_everything(books, history)
    assert books.run(roll_days(books.runtime, 0, LAST)) == 11
    assert books.run(roll_days(books.runtime, 0, LAST)) == 0
    check_everything(books, history)


def test_a_late_posting_into_a_rolled_day_changes_that_day_and_all_after_it(books, history):
    day, at = FIRST + 3 * ONE_DAY, noon(date(2026, 11, 24)) + timedelta(hours=1)
    late = transfer(90_000, FUNDS, CASH, 17), transfer(90_001, WORLD, HELD, 5)
    assert books.post(*late, day=day, at=at) == [0, 0]
    crowded = transfer(90_002, FUNDS, CASH, 3)
    assert books.post(crowded, day=FIRST + 5 * ONE_DAY, at=at) == [0]

    moved = [*history, (day, at, FUNDS, CASH, 17), (day, at, WORLD, HELD, 5)]
    moved.append((FIRST + 5 * ONE_DAY, at, FUNDS, CASH, 3))
    check_everything(books, moved)
    books.run(roll_days(books.runtime, 0, LAST))
    check_everything(books, moved)


def test_a_day_that_is_not_over_is_neither_rolled_up_nor_closed(books):
    before = books.all()
    for ask in (
        roll_days(books.runtime, 0, LAST + ONE_DAY),
        close_period(books.runtime, LAST + ONE_DAY, 7),
    ):
        with pytest.raises(BadInput):
            books.run(ask)

    assert books.read(list_periods, 10) == []
    assert books.all() == before


def test_a_closed_period_takes_no_transfer_and_an_adjustment_names_it(books):
    through = date(2026, 11, 15)
    assert [books.run(close_period(books.runtime, through, 7)) for _ in range(2)] == [True, False]
    before = books.all()
    into = transfer(2, FUNDS, CASH, 40)

    assert books.post(into, day=through) == [PostingResult.PERIOD_CLOSED]
    assert books.post(into._replace(adjusts=LAST)) == [PostingResult.PERIOD_CLOSED]
    assert books.all() == before
    assert books.post(into._replace(adjusts=through)) == [0]
    assert books.read(balances_on, 0, [CASH.id], through) == {CASH.id: 0}
    [line] = books.read(statement, CASH, through + ONE_DAY, LAST + ONE_DAY).lines
    assert (line.amount_minor, line.adjusts) == (40, through)
    [period] = books.read(list_periods, 10)
    assert (period.opened_on, period.closed_on, period.closed_by) == (FIRST, through, 7)


def test_a_transfer_posted_before_its_period_closed_is_still_told_so(books):
    posted = transfer(2, FUNDS, CASH, 40)
    assert books.post(posted, day=FIRST) == [0]
    books.run(close_period(books.runtime, FIRST, 7))

    assert books.post(posted, day=FIRST) == [PostingResult.ALREADY_POSTED]
    assert books.post(reversal(posted, TransferId(3))) == [0]
    assert books.standing(CASH) == (0, 0, 0)


def test_the_next_period_begins_where_the_last_one_ended(books):
    for through in (date(2026, 11, 10), date(2026, 11, 20)):
        books.run(close_period(books.runtime, through, 7))

    found = books.read(list_periods, 10)
    assert [(one.opened_on, one.closed_on) for one in found] == [
        (date(2026, 11, 11), date(2026, 11, 20)),
        (FIRST, date(2026, 11, 10)),
    ]


def test_closing_waits_for_nobody_who_posts_to_another_day(books, run, runtime):
    async def scenario():
        async with runtime.database.transaction() as connection:
            # A posting of the open day is under way: it holds accounts and the day.
            await connection.execute(
                "SELECT ledger.post_batch(0::smallint, '{5}', $1, $2, '{7}', '{60}', '{0}', '{0}',"
                " $3, $4)",
                [FUNDS.id], [CASH.id], LAST + ONE_DAY, runtime.clock.now(),
            )  # fmt: skip
            return await close_period(runtime, LAST, 7)

    assert run(scenario()) is True
    assert books.standing(CASH) == (7, 0, 0)


def test_rolling_a_day_waits_for_the_postings_of_that_day(books, run, runtime):
    async def scenario():
        async with runtime.database.transaction() as connection:
            await connection.execute(
                "SELECT ledger.post_batch(0::smallint, '{5}', $1, $2, '{7}', '{60}', '{0}', '{0}',"
                " $3, $4)",
                [FUNDS.id], [CASH.id], LAST, runtime.clock.now(),
            )  # fmt: skip
            other = await runtime.database.lane_connection()
            try:
                is_free = await other.fetchval(
                    "SELECT pg_try_advisory_xact_lock(ledger.cell_key(0::smallint),"
                    " ledger.day_key($1))",
                    LAST,
                )
            finally:
                await other.close()
        await roll_days(runtime, 0, LAST)
        return is_free

    assert run(scenario()) is False
    assert books.read(balances_on, 0, [CASH.id], LAST) == {CASH.id: 7}


def test_the_chart_names_who_holds_each_kind_in_both_languages(books):
    found = {one.kind: one for one in books.read(chart)}

    assert set(found) == set(AccountKind)
    assert {one.holder for one in found.values()} == {
        "borrower", "lender", "guarantor", "merchant", "platform", "clearing", "suspense",
    }  # fmt: skip
    assert found[AccountKind.CLEARING_COLLECT].name_zh == "还款待清算"
    platform = [kind for kind, one in found.items() if one.is_platform_owned]
    assert platform == [AccountKind.PLATFORM_FEE, AccountKind.PLATFORM_OWN]
    assert Code.REVERSAL == 61
