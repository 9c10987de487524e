"""Closes business days one after another: payments answered, books closed, the next day opened.

Each step is a commit of its own and safe to repeat, so a stopped run goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Protocol

from tongtu.checkout.api import count_uncaptured
from tongtu.contracts.api import signed_on
from tongtu.funding.api import Book, end_day, open_day
from tongtu.journey.accept import expire_offers
from tongtu.journey.checkout import lapse_purchases
from tongtu.journey.credit_balance import give_rests_back
from tongtu.journey.document import end_documents
from tongtu.journey.erasure import keep_terms
from tongtu.journey.law_of_money import check_accrual, forbid_flows
from tongtu.journey.line import lapse_lines
from tongtu.kernel.clock import business_date_of
from tongtu.kernel.errors import BadInput, Conflict
from tongtu.ledger.api import expire_due, roll_days
from tongtu.payments.api import count_open, count_warrants
from tongtu.policy.api import Pack
from tongtu.runtime.api import Connection, Runtime, advance_business_date, business_date, get_logger
from tongtu.servicing.api import (
    ClosedDay,
    close_cell,
    compensate_overdue,
    count_opened,
    hold_books,
    open_next,
    standards_of,
)

ONE_DAY = timedelta(days=1)
# A little over a year at once; a longer way is gone in several calls.
DAYS_MAX = 400
# Payments of the day are normally answered within a second; a day is not closed over an open one.
LOOKS_MAX = 120
LOOK_EVERY_S = 0.25
log = get_logger("journey")


class Books(Protocol):
    """What closing a day needs of the running platform."""

    @property
    def runtime(self) -> Runtime: ...

    @property
    def pack(self) -> Pack: ...

    @property
    def book(self) -> Book: ...


Before = Callable[[date], Awaitable[object]]
After = Callable[[], Awaitable[object]]


async def close_days(
    books: Books, through: date, before: Before | None = None, after: After | None = None
) -> list[ClosedDay]:
    """Close every open day up to and including `through`; return what each came to.

    `before` is called with each day once its payouts began: there the bank's books are read, so
    that a payment which they hold otherwise waits for a person and no longer for an answer.
    `after` is called when a day is closed and the next one open: there lines are reviewed. Where no
    day is left to close it is called once, for what it could not do when its day was closed.

    Raises:
        BadInput: too far away, or a day that is not over (outside demo mode).
        Conflict: payments of a day are still open.
        Refused: `accrual_refused`: the law of the day lets a product accrue nothing at all; the
            day stays open.
        InvariantBroken: loans and ledger disagree; the day stays open.
    """
    runtime = books.runtime
    async with runtime.database.reading() as connection:
        first = await business_date(connection)
    if (through - first).days >= DAYS_MAX:
        raise BadInput(f"at most {DAYS_MAX} days are closed at once", fields={"through": "too far"})
    today = business_date_of(runtime.clock.now(), runtime.settings.zone)
    if through >= today and not runtime.settings.demo:
        raise BadInput("a day that is not over cannot be closed", fields={"through": "not over"})
    closed: list[ClosedDay] = []
    for offset in range((through - first).days + 1):
        closed += await _close(books, first + offset * ONE_DAY, before)
        if after is not None:
            await after()
    if through < first and after is not None:
        await after()
    return closed


async def _close(books: Books, day: date, before: Before | None = None) -> list[ClosedDay]:
    runtime, pack = books.runtime, books.pack
    lapsing = await _wait_for_payouts(runtime, day)
    if before is not None:
        await before(day)
    await _wait_for_payments(runtime, day)
    await check_accrual(runtime, pack, books.book, day)
    standards = standards_of(pack, day)
    results = []
    for cell in range(runtime.settings.cells):
        await _compensate(runtime, cell, day)
        results.append(await close_cell(runtime, cell, day, standards))
    following = day + ONE_DAY
    for cell in range(runtime.settings.cells):
        async with runtime.database.transaction() as connection:
            await expire_offers(connection, runtime, cell, day)
            await open_next(connection, runtime, cell, day)
            await end_day(connection, cell, day)
    for cell in range(runtime.settings.cells):
        # A month has again what its days left in any cell, before the next day takes of it.
        async with runtime.database.transaction() as connection:
            await open_day(connection, cell, following)
    await forbid_flows(runtime, pack, following)
    await _advance(runtime, day, lapsing)
    for cell in range(runtime.settings.cells):
        await lapse_purchases(runtime, cell, day)
        await lapse_lines(runtime, cell, day)
        await end_documents(runtime, pack, cell, day)
        await keep_terms(books, cell, day)
        await give_rests_back(runtime, cell)
    for cell in range(runtime.settings.cells):
        # What is cut off here is caught up by the next day's end.
        await expire_due(runtime, cell, following, runtime.clock.now())
        await roll_days(runtime, cell, day)
    return results


async def _compensate(runtime: Runtime, cell: int, day: date) -> None:
    """Let guarantors take over what is too late by the end of the day, some loans at a time."""
    after: int | None = 0
    while after is not None:
        async with runtime.database.transaction() as connection:
            swept = await compensate_overdue(connection, runtime, cell, day, after)
        after = swept.last
        if swept.short:
            log.error("compensation_short", day=day.isoformat(), loans=swept.short)


async def _wait_for_payouts(runtime: Runtime, day: date) -> int:
    """Let what was signed on the day begin its payout; a payout never begins on a later day.

    Bounded, and the day goes on: what still stands then is refused by the pack, and will lapse.
    Returns how many those are.
    """
    waiting = 0
    for _ in range(LOOKS_MAX):
        async with runtime.database.reading() as connection:
            waiting = await _count_waiting(connection, runtime, day)
        if not waiting:
            return 0
        await asyncio.sleep(LOOK_EVERY_S)
    log.error("payouts_lapse", day=day.isoformat(), payouts=waiting)
    return waiting


async def _count_waiting(connection: Connection, runtime: Runtime, day: date) -> int:
    """Return how many papers signed on the day have no payout yet."""
    waiting = 0
    for cell in range(runtime.settings.cells):
        signed = await signed_on(connection, cell, day)
        waiting += len(signed) - await count_warrants(connection, cell, signed)
        # What its merchant has not captured waits for nothing: it lapses with the day.
        waiting -= await count_uncaptured(connection, cell, day)
        # A signed line is open, and pays nothing out.
        waiting -= await count_opened(connection, cell, day)
    return waiting


async def _advance(runtime: Runtime, day: date, lapsing: int) -> None:
    """Open the next day, once no payment of `day` is open; nobody signs or pays out meanwhile.

    What was signed since the first look gets as many looks to begin its payout.
    """
    for look in range(1, LOOKS_MAX + 1):
        async with runtime.database.transaction() as connection:
            for cell in range(runtime.settings.cells):
                await hold_books(connection, cell)
            waiting = await _count_waiting(connection, runtime, day)
            is_ready = waiting <= lapsing or look == LOOKS_MAX
            if is_ready and not await count_open(connection, day):
                await advance_business_date(connection, day, day + ONE_DAY)
                return
        await asyncio.sleep(LOOK_EVERY_S)
    raise _payments_open(day)


async def _wait_for_payments(runtime: Runtime, day: date) -> None:
    for _ in range(LOOKS_MAX):
        async with runtime.database.reading() as connection:
            if not await count_open(connection, day):
                return
        await asyncio.sleep(LOOK_EVERY_S)
    raise _payments_open(day)


def _payments_open(day: date) -> Conflict:
    return Conflict(f"payments of {day} have no answer yet", code="payments_open")
