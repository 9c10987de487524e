"""Caps what loans of a lender and product bear for being late, where the law asks it.

Each loan in a commit of its own; safe to stop and to call again. What was borne on the days before
the law's first stays owed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongtu.kernel.errors import Refused
from tongtu.runtime.api import Connection, Event, Runtime, publish
from tongtu.servicing.flow.change import Change, record_change
from tongtu.servicing.model import EventKind
from tongtu.servicing.model.event import OverdueCap
from tongtu.servicing.store import day as day_store

OVERDUE_CAPPED = "servicing.overdue_capped"
# What a change of a loan that bears nothing any more is refused by.
_OVER = frozenset({"loan_settled", "loan_not_live"})


@dataclass(frozen=True, slots=True)
class Cap:
    """The highest lawful rate, in bps a year, and the first day that it holds for."""

    rate_bps: int
    since: date


async def bears_more(connection: Connection, cell: int, of: tuple[int, str], rate_bps: int) -> bool:
    """Tell whether a live loan of a lender and product bears more than a rate for being late."""
    return bool(await day_store.dearer_loans(connection, cell, of, rate_bps))


async def cap_overdue(runtime: Runtime, cell: int, of: tuple[int, str], cap: Cap) -> int:
    """Let no live loan of a lender and product bear more than a cap; return how many bore more.

    The control's highest rate falls with them, so that a rate of loans that are over is asked about
    no more; it rises again with the first loan that bears more.
    """
    capped, rate_bps = 0, cap.rate_bps
    while True:
        async with runtime.database.transaction() as connection:
            loans = await day_store.dearer_loans(connection, cell, of, rate_bps)
            if not loans:
                # Nobody opens a dearer loan between this look and the commit.
                await day_store.hold_books(connection, cell)
                loans = await day_store.dearer_loans(connection, cell, of, rate_bps)
                if not loans:
                    await _lower(connection, runtime, (cell, *of), (cap, capped))
                    return capped
        for loan in loans:
            capped += await _cap_one(runtime, cell, loan, cap)


async def _cap_one(runtime: Runtime, cell: int, loan: int, cap: Cap) -> bool:
    """Cap a loan; return False where it was paid off or given up since it was found."""
    change = Change(EventKind.OVERDUE_CAPPED, cap.since, OverdueCap(cap.rate_bps, cap.since))
    try:
        async with runtime.database.transaction() as connection:
            await record_change(connection, runtime, cell, loan, change)
    except Refused as refused:
        if refused.code in _OVER:
            return False
        raise
    return True


async def _lower(
    connection: Connection, runtime: Runtime, of: tuple[int, int, str], done: tuple[Cap, int]
) -> None:
    cell, lender, product = of
    cap, capped = done
    await day_store.lower_rate(connection, cell, (lender, product), cap.rate_bps)
    if capped:
        told = {"lender": lender, "product": product, "rate_bps": cap.rate_bps,
                "since": cap.since.isoformat(), "loans": capped}  # fmt: skip
        number, at = runtime.ids.new(0), runtime.clock.now()
        await publish(connection, Event(cell, number, OVERDUE_CAPPED, told, at))
