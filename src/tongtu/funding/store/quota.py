"""Lenders and programs as rows, and their budgets of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from tongtu.funding.model import Lender, QuotaShort
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import ProgramId
from tongtu.runtime.api import Connection

SHORT = "TQ001"

_LENDERS = """
insert into funding.lender (number, id, name_zh, name_en, kind, listed_from, listed_to)
select * from unnest($1::int2[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[],
                     $7::date[])
on conflict (number) do update set id = excluded.id, name_zh = excluded.name_zh,
    name_en = excluded.name_en, kind = excluded.kind, listed_from = excluded.listed_from,
    listed_to = excluded.listed_to
"""
_PROGRAMS = """
insert into funding.program (id, lender, code, day_limit_minor, slice_minor, month_limit_minor,
    capital_minor, pace_ppm, is_open)
select *, true from unnest($1::int8[], $2::int2[], $3::text[], $4::int8[], $5::int8[], $6::int8[],
    $7::int8[], $8::int4[])
on conflict (id) do update set lender = excluded.lender, code = excluded.code,
    day_limit_minor = excluded.day_limit_minor, slice_minor = excluded.slice_minor,
    month_limit_minor = excluded.month_limit_minor, capital_minor = excluded.capital_minor,
    pace_ppm = excluded.pace_ppm, is_open = true
"""
_FOLLOW = "select funding.follow_limits($1)"
# A program that left the book keeps its rows; nothing is offered from it any more.
_CLOSE = "update funding.program set is_open = false where is_open and not id = any ($1::int8[])"
_QUOTAS = "select program, remaining_minor from funding.quotas($1, $2)"
_RESERVE = "select funding.reserve_batch($1, $2, $3, $4)"
_RELEASE = "select funding.release_batch($1, $2, $3, $4)"
_EXCHANGE = "select funding.exchange($1, $2, $3, $4, $5, $6, $7)"
_TOO_LITTLE = "the budget of the day does not hold this amount"
_OPEN = "select funding.open_day($1, $2)"
_END = "select funding.end_day($1, $2)"
_ALLOT = "select funding.allot($1, $2, $3, $4, $5)"
_GIVE_BACK = "select funding.give_back($1, $2, $3, $4)"
_SLICE = "select limit_minor from funding.quota where cell = $1 and day = $2 and program = $3"
_SLICES = """
select q.program, q.limit_minor - q.reserved_minor as free_minor, p.slice_minor
  from funding.quota q join funding.program p on p.id = q.program
 where q.cell = $1 and q.day = $2 and p.is_open order by q.program
"""
# An older day's promises are let go so rarely that the first look of a process finds them in time.
DAYS_BACK = 62
_UNENDED = """
select distinct day from funding.quota
 where cell = $1 and day < $2 and day >= $3 and limit_minor > reserved_minor
 order by day
"""
# Of the whole day: what is ready does not bind a person who sets a slice.
_WHOLE_DAY = 1_000_000


class Slice(NamedTuple):
    """What a cell has left of a program's day, and what an even part of the day's limit is."""

    program: ProgramId
    free_minor: int
    even_minor: int


async def write_lenders(connection: Connection, lenders: Sequence[Lender], cells: int) -> None:
    """Make the rows say what the book says; a program's day limit is shared by the cells."""
    await connection.execute(
        _LENDERS,
        [one.number for one in lenders],
        [one.id for one in lenders],
        [one.zh for one in lenders],
        [one.en for one in lenders],
        [one.kind.value for one in lenders],
        [one.listed_from for one in lenders],
        [one.listed_to for one in lenders],
    )
    programs = [program for lender in lenders for program in lender.programs]
    await connection.execute(
        _PROGRAMS,
        [one.id for one in programs],
        [one.lender for one in programs],
        [one.code for one in programs],
        [one.day_limit_minor for one in programs],
        [one.day_limit_minor // cells for one in programs],
        [one.month_limit_minor for one in programs],
        [one.capital_minor for one in programs],
        [one.pace_ppm for one in programs],
    )
    await connection.execute(_CLOSE, [one.id for one in programs])


async def follow_limits(connection: Connection, day: date) -> None:
    """Let the standing budgets say what the programs say now; what is allotted stays allotted."""
    await connection.execute(_FOLLOW, day)


async def open_day(connection: Connection, cell: int, day: date) -> int:
    """Make the day's quota rows; return how many were not there yet."""
    return int(await connection.fetchval(_OPEN, cell, day))


async def quotas(connection: Connection, cell: int, day: date) -> dict[ProgramId, int]:
    """Return what is left of each open program in minor units."""
    rows = await connection.fetch(_QUOTAS, cell, day)
    return {ProgramId(row["program"]): row["remaining_minor"] for row in rows}


async def reserve_quota(
    connection: Connection, cell: int, day: date, amounts: Mapping[ProgramId, int]
) -> None:
    """Take all amounts or none. Raises QuotaShort; the transaction is then to be given up."""
    try:
        await connection.execute(_RESERVE, cell, day, list(amounts), list(amounts.values()))
    except asyncpg.PostgresError as error:
        if error.sqlstate != SHORT:
            raise
        raise QuotaShort(_TOO_LITTLE) from error


async def release_quota(
    connection: Connection, cell: int, day: date, amounts: Mapping[ProgramId, int]
) -> None:
    """Give amounts back to their day."""
    await connection.execute(_RELEASE, cell, day, list(amounts), list(amounts.values()))


async def exchange_quota(
    connection: Connection,
    cell: int,
    day: date,
    back: Mapping[ProgramId, int],
    wanted: tuple[ProgramId, int, int],
) -> None:
    """Give amounts back to their day and take another of it, in one statement, or neither.

    `wanted` is a program, an amount in fen and the part of the day that is over, in ppm: where the
    cell's own slice is short, it is given what lacks of what the budgets have ready by then.

    Raises:
        QuotaShort: the budgets do not hold it; the transaction is then to be given up.
    """
    try:
        await connection.execute(_EXCHANGE, cell, day, list(back), list(back.values()), *wanted)
    except asyncpg.PostgresError as error:
        if error.sqlstate != SHORT:
            raise
        raise QuotaShort(_TOO_LITTLE) from error


async def change_limit(
    connection: Connection, cell: int, day: date, program: ProgramId, limit_minor: int
) -> None:
    """Set the slice of one day and cell.

    Raises:
        Conflict: more than that is already reserved, the budgets do not hold it, or the day is not
            open; the transaction is then to be given up.
    """
    stands: int | None = await connection.fetchval(_SLICE, cell, day, program)
    more_minor = None if stands is None else limit_minor - stands
    if more_minor is None:
        moved = None
    elif more_minor > 0:
        moved = await allot(connection, cell, day, (program, more_minor), _WHOLE_DAY)
    else:
        moved = -await give_back(connection, cell, day, (program, -more_minor))
    if moved != more_minor or moved is None:
        raise Conflict("reserved already, above the budgets, or the day is not open")


async def end_day(connection: Connection, cell: int, day: date) -> int:
    """Give back what a day that is over left unreserved; return how much, in fen."""
    return int(await connection.fetchval(_END, cell, day))


async def unended_days(connection: Connection, cell: int, since: date, today: date) -> list[date]:
    """Return the days before today of which a slice still holds what nobody reserved."""
    return [row["day"] for row in await connection.fetch(_UNENDED, cell, today, since)]


async def allot(
    connection: Connection, cell: int, day: date, want: tuple[ProgramId, int], elapsed_ppm: int
) -> int:
    """Give a program's slice up to so many fen more; return what the budgets held of it."""
    return int(await connection.fetchval(_ALLOT, cell, day, *want, elapsed_ppm))


async def give_back(
    connection: Connection, cell: int, day: date, most: tuple[ProgramId, int]
) -> int:
    """Take up to so many unreserved fen off a program's slice; return how many."""
    return int(await connection.fetchval(_GIVE_BACK, cell, day, *most))


async def slices(connection: Connection, cell: int, day: date) -> list[Slice]:
    """Return what each program's slice of the day still holds."""
    rows = await connection.fetch(_SLICES, cell, day)
    return [Slice(ProgramId(row["program"]), row["free_minor"], row["slice_minor"]) for row in rows]
