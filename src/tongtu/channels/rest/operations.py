"""Closing business days and looking at the open one: for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from tongtu.channels.rest.auth import allow, allow_write
from tongtu.channels.rest.body import StrictBody
from tongtu.channels.rest.command import stored
from tongtu.channels.rest.given import GivenCaller, GivenCommand, GivenParts
from tongtu.channels.rest.parts import Parts
from tongtu.identity.api import Role, once_in_steps
from tongtu.journey.api import close_days, match_statements, review_lines
from tongtu.runtime.api import business_date
from tongtu.servicing.api import ClosedDay, progress, roll_rates

COMPONENTS = 3  # principal, interest and fee of each lender's product: what a close compares


class DayEndAsked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The last day to close."""

    through: dt.date


class DayClosed(msgspec.Struct, frozen=True):
    """One closed day, and how many pairs were compared: a ledger balance, its loans' sum.

    A day is closed only when none differs: with a difference the whole call is refused, so what
    is answered here has `differences` 0 and `invariant` "ok".
    """

    date: dt.date
    loans: int
    accrued_minor: int
    pairs_compared: int
    differences: int
    invariant: str


class DaysClosed(msgspec.Struct, frozen=True):
    """The days closed by this call, and the one that is open now."""

    closed: list[DayClosed]
    business_date: dt.date


class BusinessDate(msgspec.Struct, frozen=True):
    """The open business date."""

    business_date: dt.date


class DayEndShown(msgspec.Struct, frozen=True):
    """How far the day end of one cell has come: `chunks_done` of `chunks`."""

    cell: int
    date: dt.date
    chunks_done: int
    chunks: int
    is_closed: bool


class DayEndsShown(msgspec.Struct, frozen=True):
    """The open business date, and the day end begun last in each cell."""

    business_date: dt.date
    cells: list[DayEndShown]


class RollShown(msgspec.Struct, frozen=True):
    """Loans that went from one bucket to another; `new` and `settled` stand beside the buckets."""

    before: str
    after: str
    loans: int
    principal_minor: int


class RollsShown(msgspec.Struct, frozen=True):
    """The moves of all loans between the ends of two closed days."""

    first: dt.date
    last: dt.date
    moves: list[RollShown]


Day = Annotated[dt.date, QueryParameter(description="a closed day, as 2026-11-30")]


@get(
    "/v1/operations/business-date",
    opt=allow(Role.OPERATOR, Role.CLERK, Role.ANALYST, Role.REGULATOR),
)
async def find_business_date(parts: GivenParts) -> BusinessDate:
    """Return the open business date."""
    async with parts.runtime.database.reading() as connection:
        return BusinessDate(await business_date(connection))


@get("/v1/operations/day-ends", opt=allow(Role.OPERATOR))
async def watch_day_ends(parts: GivenParts) -> DayEndsShown:
    """Return how far the day end that runs, or ran last, has come."""
    runtime, cells = parts.runtime, []
    async with runtime.database.reading() as connection:
        for cell in range(runtime.settings.cells):
            found = await progress(connection, cell)
            if found is not None:
                done = found.chunks if found.is_closed else found.done
                cells.append(DayEndShown(cell, found.day, done, found.chunks, found.is_closed))
        return DayEndsShown(await business_date(connection), cells)


@get(
    "/v1/operations/roll-rates",
    opt=allow(Role.OPERATOR, Role.ANALYST, Role.REGULATOR),
)
async def find_roll_rates(parts: GivenParts, first: Day, last: Day) -> RollsShown:
    """Return from which days-late bucket into which the loans moved between two closed days."""
    moves = await roll_rates(parts.runtime, first, last)
    return RollsShown(
        first,
        last,
        [RollShown(one.before, one.after, one.loans, one.principal_minor) for one in moves],
    )


@post(
    "/v1/operations/day-ends",
    status_code=200,
    opt=allow_write(Role.OPERATOR),
    dto=StrictBody[DayEndAsked],
    return_dto=None,
)
async def end_days(
    data: JSONBody[DayEndAsked], parts: GivenParts, caller: GivenCaller, command: GivenCommand
) -> DaysClosed:
    """Close every open day through the given one, in order; days already closed stay as they are.

    A day is a commit of its own; a call that was cut off goes on where it stood.
    """
    runtime = parts.runtime

    async def close() -> bytes:
        closed = await close_days(parts, data.through, _reading(parts), lambda: review_lines(parts))
        async with runtime.database.reading() as connection:
            today = await business_date(connection)
        return msgspec.json.encode(DaysClosed(_by_day(closed), today))

    return stored(await once_in_steps(runtime, caller, "close_days", command, close), DaysClosed)


def _reading(parts: Parts) -> Callable[[dt.date], Awaitable[object]] | None:
    """Return how the bank's books are read before a day closes, where they can be read."""
    bank, runtime = parts.bank, parts.runtime
    if bank is None:
        return None
    lenders = [one.number for one in parts.book.everybody()]
    return lambda day: match_statements(runtime, bank, lenders, day)


def _by_day(closed: Sequence[ClosedDay]) -> list[DayClosed]:
    """Return one line a day over all cells."""
    days: dict[dt.date, list[ClosedDay]] = {}
    for one in closed:
        days.setdefault(one.day, []).append(one)
    return [_over_cells(day, days[day]) for day in sorted(days)]


def _over_cells(day: dt.date, cells: Sequence[ClosedDay]) -> DayClosed:
    """Return the day over its cells.

    Servicing does not count its comparisons for us: its proof goes through every line and compares
    the line's three components, and raises InvariantBroken at the first that differs.
    """
    lines = [line for cell in cells for line in cell.lines]
    return DayClosed(
        date=day,
        loans=sum(cell.loans for cell in cells),
        accrued_minor=sum(cell.accrued_minor for cell in cells),
        pairs_compared=len(lines) * COMPONENTS,
        differences=0,
        invariant="ok",
    )


ROUTES = (find_business_date, watch_day_ends, find_roll_rates, end_days)
