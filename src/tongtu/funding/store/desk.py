"""What a lender sees of its own day: budgets, what was paid out when, what it still owes a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongtu.runtime.api import Connection

# A promise that is not paid out within this is a break, and is looked for there.
PROMISES_BACK = timedelta(days=62)
_BUDGETS = """
select program, period, limit_minor, allotted_minor from funding.budget
 where program = any ($1::int8[]) and (period = 'capital' or (period = 'day' and since = $2)
       or (period = 'month' and since = funding.month_of($2)))
"""
_RESERVED = """
select program, sum(reserved_minor)::int8 as reserved_minor from funding.quota
 where day = $2 and program = any ($1::int8[]) group by program
"""
_PAID = """
select date_trunc('hour', changed_at) as hour, sum(amount_minor)::int8 as amount_minor,
       count(*)::int4 as loans
  from funding.commitment
 where lender = $1 and day = $2 and state = 'disbursed' group by 1 order by 1
"""
_PROMISED = """
select application, program, amount_minor, state, day, changed_at from funding.commitment
 where lender = $1 and day >= $2 and state in ('reserved', 'committed')
 order by changed_at limit $3
"""
_ASKED = """
select application, program, product, purpose, amount_minor, tenor_months, asked_at, answer_by
  from funding.remote_request where lender = $1 and state = 'asked' order by answer_by limit $2
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit of a day, a month or a contract, and how much of it cells were given."""

    program: int
    period: str
    limit_minor: int
    allotted_minor: int


@dataclass(frozen=True, slots=True)
class PaidHour:
    """What was paid out within an hour of the day's promises."""

    hour: datetime
    amount_minor: int
    loans: int


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise that is not paid out yet: accepted, or the lender's own yes."""

    application: int
    program: int
    amount_minor: int
    state: str
    day: date
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AskedNow:
    """A request that waits for the lender's own machine."""

    application: int
    program: int
    product: str
    purpose: str
    amount_minor: int
    tenor_months: int
    asked_at: datetime
    answer_by: datetime


async def budgets_of(connection: Connection, programs: Sequence[int], day: date) -> list[Budget]:
    """Return the budgets that stand on a day; a period nobody lent in yet has none."""
    return [Budget(*row) for row in await connection.fetch(_BUDGETS, list(programs), day)]


async def reserved_of(connection: Connection, programs: Sequence[int], day: date) -> dict[int, int]:
    """Return by program what of a day is reserved over all cells, in fen."""
    rows = await connection.fetch(_RESERVED, list(programs), day)
    return {row["program"]: row["reserved_minor"] for row in rows}


async def paid_by_hour(connection: Connection, lender: int, day: date) -> list[PaidHour]:
    """Return what was paid out of a day's promises, by hour."""
    return [PaidHour(*row) for row in await connection.fetch(_PAID, lender, day)]


async def promised_of(
    connection: Connection, lender: int, today: date, limit: int
) -> list[Promised]:
    """Return what the lender promised and was not paid out, the oldest first."""
    rows = await connection.fetch(_PROMISED, lender, today - PROMISES_BACK, limit)
    return [Promised(*row) for row in rows]


async def asked_of(connection: Connection, lender: int, limit: int) -> list[AskedNow]:
    """Return the requests that wait for the lender's answer, the most urgent first."""
    return [AskedNow(*row) for row in await connection.fetch(_ASKED, lender, limit)]
