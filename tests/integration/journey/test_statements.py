"""Statements of several lenders are read side by side."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tongtu.journey.api import match_statements
from tongtu.payments.api import Entry, Statement, account_of, last_read
from tongtu.runtime.api import business_date

from .test_ways_of_money import breaks, pass_days, payout


class TornBank:
    """A bank whose first statement cannot be read, and whose second comes only after that."""

    def __init__(self, at):
        self._at, self._failed = at, asyncio.Event()

    async def statement(self, account, day):
        if account == account_of(1):
            self._failed.set()
            raise RuntimeError("an unreadable statement")
        await self._failed.wait()
        return Statement(account, day, self._at, 0, 0, ())


def test_one_lenders_fault_is_told_after_the_others_are_read(runtime, run):
    at = runtime.clock.now()

    async def look():
        with pytest.raises(RuntimeError, match="unreadable"):
            await match_statements(runtime, TornBank(at), [1, 2], at.date())
        async with runtime.database.reading() as connection:
            return [await last_read(connection, lender, at.date()) for lender in (1, 2)]

    assert run(look()) == [None, (at.date(), 0)]


class LateBank:
    """A bank whose books are given late, and change after they were given."""

    def __init__(self, house):
        self.house, self.booked, self.is_away = house, [], False

    async def statement(self, account, day):
        if self.is_away:
            return None
        entries = tuple(entry for entry in self.booked if entry.day == day)
        opening = sum(entry.amount_minor for entry in self.booked if entry.day < day)
        closing = opening + sum(entry.amount_minor for entry in entries)
        at = self.house.runtime.clock.now()
        return Statement(account, day, at, opening, closing, entries)

    def read(self):
        house = self.house
        house.runtime.clock.advance(timedelta(seconds=1))
        today = house.run(house.reading(business_date))
        lender = house.book.lenders[0].number
        [one] = house.run(match_statements(house.runtime, self, [lender], today))
        house.runtime.clock.advance(timedelta(days=1))
        return one.is_read, one.matched, one.breaks


@pytest.fixture
def late(house):
    """A payout that the bank confirmed as `ref`, and the bank."""
    house.read_costs()
    house.sign()
    house.carry()
    return LateBank(house)


def test_a_statement_five_days_late_matches_by_reference_amount_and_value_date(late):
    house, paid = late.house, payout(late.house)
    late.is_away = True
    assert late.read() == (False, 0, 0)
    pass_days(house, 5)
    assert late.read() == (False, 0, 0)

    # It names no payment of ours: only what the bank had called it.
    late.booked.append(Entry("ref", "", -paid.amount_minor, paid.value_date))
    late.is_away = False

    assert late.read() == (True, 1, 0)
    [row] = house.fetch("select reference, instruction from payments.entry")
    assert tuple(row) == ("ref", paid.id)
    assert breaks(house) == []


def test_what_a_bank_books_on_a_day_long_read_is_matched_and_its_break_ends(late):
    house, paid = late.house, payout(late.house)
    for _ in range(5):
        late.read()
        pass_days(house, 1)
    assert breaks(house) == ["missing_entry"]

    entry = Entry("bk1", paid.end_to_end_id, -paid.amount_minor, paid.value_date)
    late.booked.append(entry)

    assert late.read() == (True, 1, 0)
    assert breaks(house) == []
    # The same day read once more, and another late booking on a day before it.
    late.booked.append(Entry("bk2", "", -200, paid.value_date + timedelta(days=1)))
    assert late.read() == (True, 0, 1)
    assert breaks(house) == ["unknown_entry"]
    assert late.read() == (True, 0, 0)


def test_what_a_bank_books_late_and_takes_back_the_same_day_is_found_though_no_balance_changed(
    late,
):
    house, paid = late.house, payout(late.house)
    for _ in range(5):
        late.read()
        pass_days(house, 1)
    assert breaks(house) == ["missing_entry"]

    late.booked += [
        Entry("bk1", paid.end_to_end_id, -paid.amount_minor, paid.value_date),
        Entry("mv1", "", paid.amount_minor, paid.value_date),
    ]

    assert late.read() == (True, 1, 1)
    assert breaks(house) == ["unknown_entry"]


def test_a_payment_noted_two_days_before_it_was_seen_still_lacks_its_entry(late):
    house = late.house
    move = "update payments.instruction set changed_at = changed_at + interval '{} days'"

    async def moved(days):
        async with house.runtime.database.transaction() as connection:
            await connection.execute(move.format(days))

    # Its commit comes behind the reading, with the time of its clock.
    house.run(moved(30))
    assert late.read() == (True, 0, 0)
    house.run(moved(-32))

    pass_days(house, 1)

    assert late.read() == (True, 0, 1)
    assert breaks(house) == ["missing_entry"]
