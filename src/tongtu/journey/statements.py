"""The bank's books beside ours: each lender's statements are asked for, day by day, and matched."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongtu.payments.api import (
    BankBooks,
    Statement,
    account_of,
    closings_read,
    first_value_date,
    last_read,
    reconcile,
    spans_lacking,
)
from tongtu.runtime.api import Connection, Runtime, get_logger

# A bank that is away gets so many tries; what is not read now is read on the next call.
TRIES_MAX = 5
# A little over a year of days nobody read; a longer way is gone in several calls.
DAYS_MAX = 400
ONE_DAY = timedelta(days=1)
# Lenders whose statements are under way together; half of the pool is left to others.
AT_ONCE = 8
log = get_logger("journey")


@dataclass(frozen=True, slots=True)
class LenderMatching:
    """What one lender's statements came to; `is_read` false when the bank did not give the last."""

    lender: int
    is_read: bool
    entries: int = 0
    matched: int = 0
    breaks: int = 0
    closing_minor: int | None = None


async def match_statements(
    runtime: Runtime, bank: BankBooks, lenders: Sequence[int], day: date
) -> list[LenderMatching]:
    """Read and match each lender's statements up to a day, from the last one that was read.

    Safe to repeat. The bank is asked outside any transaction; each statement is a commit of its
    own, so that a run that was cut off goes on where it stood. Some lenders are read at once; where
    one fails the others come to their end first, so that nothing is read on after this has failed.
    """
    found: list[LenderMatching] = []
    for start in range(0, len(lenders), AT_ONCE):
        some = lenders[start : start + AT_ONCE]
        ended = await asyncio.gather(
            *(_match(runtime, bank, lender, day) for lender in some), return_exceptions=True
        )
        for one in ended:
            if isinstance(one, BaseException):
                raise one
            found.append(one)
    return found


async def _match(runtime: Runtime, bank: BankBooks, lender: int, day: date) -> LenderMatching:
    async with runtime.database.reading() as connection:
        last = await last_read(connection, lender, day)
        first = None if last is not None else await first_value_date(connection, lender)
        start = min(first or day, day) if last is None else min(last[0] + ONE_DAY, day)
        before = await last_read(connection, lender, start - ONE_DAY)
        missed = await _missed(connection, runtime, lender, (start, day))
    found = LenderMatching(lender, is_read=True)
    for one in missed:
        again = await _ask(runtime, bank, lender, one)
        if again is None:
            return LenderMatching(lender, False)
        found = await _keep(runtime, found, *again)
    for one in _days(start, day):
        asked = await _ask(runtime, bank, lender, one)
        if asked is None:
            return LenderMatching(lender, False, found.entries, found.matched, found.breaks)
        if before is not None and before[1] != asked[0].opening_minor:
            # The bank booked on days after they were read: those are read once more, before what
            # they now hold could be missed in the next.
            for again in await _changed(runtime, bank, lender, before[0]):
                found = await _keep(runtime, found, *again)
        before = None
        found = await _keep(runtime, found, *asked)
    return found


async def _missed(
    connection: Connection, runtime: Runtime, lender: int, days: tuple[date, date]
) -> list[date]:
    """Return the days before the first of `days` that an entry still missed may stand on.

    A bank that books late, and books the money back on the same day, leaves every balance as it
    was: only what is missed tells that there is something to look for.
    """
    first, last = days
    since = last - timedelta(days=runtime.settings.bank_window_days)
    spans = await spans_lacking(connection, lender, since)
    return sorted(
        {day for start, end in spans for day in _days(max(start, since), end) if day < first}
    )


async def _changed(
    runtime: Runtime, bank: BankBooks, lender: int, last: date
) -> list[tuple[Statement, datetime]]:
    """Return the days up to `last` whose books are not what was read, oldest first.

    From the last day back to the one that opens as the day before it closed, within the window.
    """
    window = timedelta(days=runtime.settings.bank_window_days)
    async with runtime.database.reading() as connection:
        closings = await closings_read(connection, lender, (last - window, last))
    asked: list[tuple[Statement, datetime]] = []
    for offset in range(window.days):
        day = last - offset * ONE_DAY
        again = await _ask(runtime, bank, lender, day)
        if again is None:
            break
        asked.append(again)
        if closings.get(day - ONE_DAY, again[0].opening_minor) == again[0].opening_minor:
            return asked[::-1]
    # What is older than the window, or was not given, is found by no later reading either.
    log.error("statement_changed_too_late", lender=lender, day=last.isoformat())
    return asked[::-1]


async def _ask(
    runtime: Runtime, bank: BankBooks, lender: int, day: date
) -> tuple[Statement, datetime] | None:
    """Return a day's statement and when it was asked for; None when the bank gives none."""
    for _ in range(TRIES_MAX):
        asked_at = runtime.clock.now()
        statement = await bank.statement(account_of(lender), day)
        if statement is not None:
            return statement, asked_at
    log.error("no_statement", lender=lender, day=day.isoformat())
    return None


async def _keep(
    runtime: Runtime, found: LenderMatching, statement: Statement, asked_at: datetime
) -> LenderMatching:
    """Match one statement, in a commit of its own."""
    async with runtime.database.transaction() as connection:
        more = await reconcile(connection, runtime, found.lender, statement, asked_at)
    if more.breaks:
        day = statement.day.isoformat()
        log.warning("breaks_opened", lender=found.lender, day=day, breaks=more.breaks)
    return LenderMatching(
        found.lender,
        True,
        found.entries + more.entries,
        found.matched + more.matched,
        found.breaks + more.breaks,
        statement.closing_minor,
    )


def _days(start: date, day: date) -> Iterator[date]:
    for offset in range(min((day - start).days + 1, DAYS_MAX)):
        yield start + offset * ONE_DAY
