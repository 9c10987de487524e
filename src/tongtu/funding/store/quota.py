"""Lenders and programs as rows, and their budgets of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

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
insert into funding.program (id, lender, code, day_limit_minor, slice_minor, is_open)
select *, true from unnest($1::int8[], $2::int2[], $3::text[], $4::int8[], $5::int8[])
on conflict (id) do update set lender = excluded.lender, code = excluded.code,
    day_limit_minor = excluded.day_limit_minor, slice_minor = excluded.slice_minor, is_open = true
"""
# A program that left the book keeps its rows; nothing is offered from it any more.
_CLOSE = "update funding.program set is_open = false where is_open and not id = any ($1::int8[])"
_QUOTAS = "select program, remaining_minor from funding.quotas($1, $2)"
_RESERVE = "select funding.reserve_batch($1, $2, $3, $4)"
_RELEASE = "select funding.release_batch($1, $2, $3, $4)"
_OPEN = "select funding.open_day($1, $2)"
_LIMIT = """
update funding.quota set limit_minor = $4
 where cell = $1 and day = $2 and program = $3 and reserved_minor <= $4
"""


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
    )
    await connection.execute(_CLOSE, [one.id for one in programs])


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
        raise QuotaShort("the budget of the day does not hold this amount") from error


async def release_quota(
    connection: Connection, cell: int, day: date, amounts: Mapping[ProgramId, int]
) -> None:
    """Give amounts back to their day."""
    await connection.execute(_RELEASE, cell, day, list(amounts), list(amounts.values()))


async def change_limit(
    connection: Connection, cell: int, day: date, program: ProgramId, limit_minor: int
) -> None:
    """Set the limit of one day and cell.

    Raises:
        Conflict: more than that is already reserved, or the day is not open.
    """
    done = await connection.execute(_LIMIT, cell, day, program, limit_minor)
    if done != "UPDATE 1":
        raise Conflict("more than this is reserved already, or the day is not open")
