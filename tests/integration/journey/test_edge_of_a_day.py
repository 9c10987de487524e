"""What is asked of the bank while a day ends is of one day, whole."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from tongtu.journey.api import Repayment, close_days, repay
from tongtu.ledger.api import AccountKind
from tongtu.runtime.api import advance_business_date
from tongtu.servicing.api import hold_books

DAY = date(2026, 11, 24)
WAITS = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"


def test_a_repayment_asked_for_while_the_day_ends_is_of_the_day_that_follows(house):
    house.read_costs()
    house.sign()
    house.carry()
    loan, _ = house.own_loan()

    async def pay_while_it_ends():
        async with house.runtime.database.transaction() as ending:
            await hold_books(ending, 0)
            asked = repay(house.runtime, house.caller, loan, Repayment(10_000), house.key())
            paying = asyncio.create_task(asked)
            while not paying.done() and not await ending.fetchval(WAITS):
                pass
            await advance_business_date(ending, DAY, DAY + timedelta(days=1))
        await paying

    house.run(pay_while_it_ends())

    [asked] = house.fetch("select value_date from payments.instruction where kind = 'collection'")
    assert asked["value_date"] == DAY + timedelta(days=1)


def test_days_that_nobody_closed_are_caught_up_one_by_one_and_what_was_closed_stays(house):
    house.read_costs()
    house.sign()
    house.carry()
    last = DAY + timedelta(days=39)
    first = house.run(close_days(house, DAY))

    caught_up = house.run(close_days(house, last))

    assert [one.day for one in (*first, *caught_up)] == [DAY + timedelta(days=n) for n in range(40)]
    loan, shown = house.own_loan()
    claimed = sum(one.accrued_minor for one in (*first, *caught_up))
    lender = house.book.lenders[0].number
    books = [
        house.balance(kind, lender, shown["product"])
        for kind in (AccountKind.LOAN_INTEREST, AccountKind.LOAN_FEE)
    ]
    assert claimed == sum(amount or 0 for amount in books)
    # A day is closed once: asked for again, nothing more is posted.
    posted = house.fetch("select count(*) from ledger.transfer")[0][0]
    assert house.run(close_days(house, last)) == []
    assert house.fetch("select count(*) from ledger.transfer")[0][0] == posted
    assert house.own_loan() == (loan, shown)
