"""Statements of several lenders are read side by side."""

from __future__ import annotations

import asyncio

import pytest

from tongtu.journey.api import match_statements
from tongtu.payments.api import Statement, account_of, last_read


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
