"""Days that are rolled up, periods that are closed, and what was adjusted in them since."""

from __future__ import annotations

from datetime import date, datetime

from tongtu.ledger.model import Period
from tongtu.runtime.api import Connection

_NEXT = """
SELECT coalesce(
    (SELECT rolled_through + 1 FROM ledger.book WHERE cell = $1),
    (SELECT min(business_date) FROM ledger.transfer WHERE cell = $1))
"""
_PERIODS = """
SELECT cell, opened_on, closed_on, closed_by, closed_at FROM ledger.period
ORDER BY closed_on DESC, cell LIMIT $1
"""
_OVER = """
SELECT closed_on FROM ledger.period WHERE cell = $1 AND closed_on >= $2 ORDER BY closed_on LIMIT 1
"""


async def next_day(connection: Connection, cell: int) -> date | None:
    """Return the first day that is not rolled up; None while nothing was ever posted."""
    found: date | None = await connection.fetchval(_NEXT, cell)
    return found


async def roll_day(connection: Connection, cell: int, day: date) -> bool:
    """Roll up a day that is over; False when it was before."""
    return bool(await connection.fetchval("SELECT ledger.roll_day($1, $2)", cell, day))


async def close(connection: Connection, cell: int, through: date, by: int, at: datetime) -> bool:
    """Close the period that ends with a rolled day; False when it was closed before."""
    return bool(
        await connection.fetchval(
            "SELECT ledger.close_period($1, $2, $3, $4)", cell, through, by, at
        )
    )


async def list_periods(connection: Connection, limit: int) -> list[Period]:
    """Return closed periods, the newest first."""
    return [Period(*row) for row in await connection.fetch(_PERIODS, limit)]


async def period_over(connection: Connection, cell: int, day: date) -> date | None:
    """Return the last day of the closed period that a day lies in; None while it is open."""
    found: date | None = await connection.fetchval(_OVER, cell, day)
    return found
