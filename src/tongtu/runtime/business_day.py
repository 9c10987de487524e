"""The business day: one row, moved only forward and only by a guarded update."""

from __future__ import annotations

from datetime import date

from tongtu.kernel.errors import NotReady
from tongtu.runtime.database import Connection


async def business_date(connection: Connection) -> date:
    """Return the open business date. Raises NotReady before the first one is opened."""
    found: date | None = await connection.fetchval("select date from runtime.business_day")
    if found is None:
        raise NotReady("no business day is open yet")
    return found


async def open_business_day(connection: Connection, first: date) -> date:
    """Open `first` when no day was ever opened; return the open day in any case."""
    await connection.execute(
        "insert into runtime.business_day (date) values ($1) on conflict do nothing", first
    )
    return await business_date(connection)


async def advance_business_date(connection: Connection, from_: date, to: date) -> bool:
    """Move the day from `from_` to the later `to`; False when another day is open."""
    if to <= from_:
        raise ValueError("a business day only moves forward")
    status = await connection.execute(
        "update runtime.business_day set date = $2 where date = $1", from_, to
    )
    return bool(status == "UPDATE 1")
