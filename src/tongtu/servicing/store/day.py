"""The closing of days: the books' lock, the live loans as columns, the steps done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongtu.runtime.api import Connection

_SHARE = "SELECT servicing.share_books($1)"
_HOLD = "SELECT servicing.hold_books($1)"
_LIVE = """
SELECT id, lender, product, snapshot, marked_on, marked_interest_minor, marked_fee_minor, bucket
FROM servicing.loan WHERE cell = $1 AND status = 'live' ORDER BY id
"""
_CONTROLS = "SELECT lender, product FROM servicing.control WHERE cell = $1 ORDER BY 1, 2"
_BUCKETS = """
UPDATE servicing.loan l SET bucket = c.bucket
FROM unnest($2::int8[], $3::int2[]) AS c (id, bucket) WHERE l.cell = $1 AND l.id = c.id
"""
_STEP = """
INSERT INTO servicing.day_end (cell, business_date, step, loans, accrued_minor, body, salt, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_FIND = """
SELECT loans, accrued_minor, body FROM servicing.day_end
WHERE cell = $1 AND business_date = $2 AND step = $3
"""


@dataclass(frozen=True, slots=True)
class LiveLoans:
    """The live loans of a cell, column by column."""

    ids: list[int]
    books: list[tuple[int, str]]
    snapshots: list[bytes]
    marked_on: list[date]
    marked_interest: list[int]
    marked_fee: list[int]
    buckets: list[int]


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of a day end. `body` is canonical JSON; amounts in minor units."""

    step: str
    loans: int
    accrued_minor: int
    body: str


async def share_books(connection: Connection, cell: int) -> date | None:
    """Take the writers' lock for this transaction; return the last day closed."""
    day: date | None = await connection.fetchval(_SHARE, cell)
    return day


async def hold_books(connection: Connection, cell: int) -> date | None:
    """Keep every writer of the cell's loans out until commit; return the last day closed."""
    day: date | None = await connection.fetchval(_HOLD, cell)
    return day


async def live_loans(connection: Connection, cell: int) -> LiveLoans:
    """Return what closing a day needs of each live loan."""
    rows = await connection.fetch(_LIVE, cell)
    return LiveLoans(
        ids=[row[0] for row in rows],
        books=[(row[1], row[2]) for row in rows],
        snapshots=[row[3] for row in rows],
        marked_on=[row[4] for row in rows],
        marked_interest=[row[5] for row in rows],
        marked_fee=[row[6] for row in rows],
        buckets=[row[7] for row in rows],
    )


async def controls(connection: Connection, cell: int) -> list[tuple[int, str]]:
    """Return the (lender, product) pairs that have control accounts."""
    return [(row[0], row[1]) for row in await connection.fetch(_CONTROLS, cell)]


async def set_buckets(
    connection: Connection, cell: int, loans: Sequence[int], buckets: Sequence[int]
) -> None:
    """Write the days-late bucket of the loans whose bucket changed."""
    if loans:
        await connection.execute(_BUCKETS, cell, list(loans), list(buckets))


async def find_step(connection: Connection, cell: int, day: date, step: str) -> StepDone | None:
    """Return a step already done, or None."""
    row = await connection.fetchrow(_FIND, cell, day, step)
    return None if row is None else StepDone(step, *row)


async def insert_step(  # noqa: PLR0913, PLR0917 - one row, its place and its proof
    connection: Connection, cell: int, day: date, done: StepDone, salt: bytes, at: datetime
) -> None:
    """Note a step in the commit that does it."""
    await connection.execute(
        _STEP, cell, day, done.step, done.loans, done.accrued_minor, done.body, salt, at
    )
