"""Caps what loans of a lender and product bear for being late, where the law of a day asks it.

Each loan in a commit of its own; safe to stop and to call again.
"""

from __future__ import annotations

from tongtu.runtime.api import Connection, Event, Runtime, business_date, publish
from tongtu.servicing.flow.change import Change, record_change
from tongtu.servicing.model import EventKind
from tongtu.servicing.model.event import OverdueCap
from tongtu.servicing.store import day as day_store

OVERDUE_CAPPED = "servicing.overdue_capped"


async def cap_overdue(runtime: Runtime, cell: int, of: tuple[int, str], rate_bps: int) -> int:
    """Let no live loan of a lender and product bear more than a rate; return how many bore more.

    The control's highest rate falls with them, so that a rate of loans that are over is asked about
    no more; it rises again with the first loan that bears more.
    """
    capped = 0
    while True:
        async with runtime.database.transaction() as connection:
            loans = await day_store.dearer_loans(connection, cell, of, rate_bps)
            if not loans:
                # Nobody opens a dearer loan between this look and the commit.
                await day_store.hold_books(connection, cell)
                loans = await day_store.dearer_loans(connection, cell, of, rate_bps)
                if not loans:
                    await _lower(connection, runtime, (cell, *of), (rate_bps, capped))
                    return capped
        for loan in loans:
            async with runtime.database.transaction() as connection:
                today = await business_date(connection)
                change = Change(EventKind.OVERDUE_CAPPED, today, OverdueCap(rate_bps))
                await record_change(connection, runtime, cell, loan, change)
                capped += 1


async def _lower(
    connection: Connection, runtime: Runtime, of: tuple[int, int, str], done: tuple[int, int]
) -> None:
    cell, lender, product = of
    rate_bps, capped = done
    await day_store.lower_rate(connection, cell, (lender, product), rate_bps)
    if capped:
        told = {"lender": lender, "product": product, "rate_bps": rate_bps, "loans": capped}
        number, at = runtime.ids.new(0), runtime.clock.now()
        await publish(connection, Event(cell, number, OVERDUE_CAPPED, told, at))
