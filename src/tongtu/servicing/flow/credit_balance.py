"""Money beyond a loan's debt, and when it goes back: once nothing is owed, on the day itself."""

from __future__ import annotations

from tongtu.runtime.api import Connection, business_date
from tongtu.servicing.model import LoanState
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store import credit_balance as store
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import loan as loans


async def credit_balances(connection: Connection, cell: int, after: int = 0) -> list[int]:
    """Return a page of the loans that may hold money beyond their debt, in order of id."""
    return await store.page(connection, cell, after)


async def hold_balance(
    connection: Connection, cell: int, loan: int
) -> tuple[loans.LoanRow, LoanState]:
    """Return a listed loan, locked, and how it stands on the open business day. Raises NotFound.

    One that holds nothing is taken off the list. The books before the loan, as every writer.
    """
    await day_store.share_books(connection, cell)
    row = await loans.hold(connection, cell, loan)
    today = await business_date(connection)
    events = [one.event for one in (await loans.events_of(connection, cell, [loan]))[loan]]
    state = fold(row.terms, events, today)
    if state.surplus_minor == 0:
        await store.keep(connection, cell, loan, 0)
    return row, state
