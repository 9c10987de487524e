"""Reads for people: one loan, a page of loans, a statement. Each names the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongtu.identity.api import Caller
from tongtu.kernel.errors import BadInput
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing import view
from tongtu.servicing.model import LoanEvent
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.payoff import payoff_quotes
from tongtu.servicing.store import loan as store
from tongtu.servicing.store.pause import pauses_of

PAGE_MAX = 200


async def find_loan(
    connection: Connection, runtime: Runtime, caller: Caller, loan: int
) -> view.JSON:
    """Return a loan with its plan and events as of the business date. Raises NotFound."""
    cell = runtime.cell(loan)
    row = await store.find(connection, cell, caller, loan)
    entered = (await store.events_of(connection, cell, [loan]))[loan]
    pauses = (await pauses_of(connection, cell, [loan]))[loan]
    today = await business_date(connection)
    return view.loan_json(row, entered, today, runtime.public, pauses)


async def list_loans(
    connection: Connection, runtime: Runtime, caller: Caller, after: int = 0, limit: int = 50
) -> tuple[list[view.JSON], int | None]:
    """Return a page of the caller's loans (of the caller's cell), and the id to go on after."""
    limit = max(1, min(limit, PAGE_MAX))
    rows = await store.page(connection, caller.cell, caller, after, limit + 1)
    shown = rows[:limit]
    today = await business_date(connection)
    numbers = [row.id for row in shown]
    events = await store.events_of(connection, caller.cell, numbers)
    pauses = await pauses_of(connection, caller.cell, numbers)
    items = [
        view.summary_json(
            row,
            fold(row.terms, [one.event for one in events[row.id]], today),
            runtime.public,
            pauses[row.id],
        )
        for row in shown
    ]
    return items, shown[-1].id if len(rows) > limit else None


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a statement, both counted; None is from the loan's first, or through today."""

    opened_on: date | None = None
    closed_on: date | None = None


async def statement(
    connection: Connection, runtime: Runtime, caller: Caller, loan: int, days: Days | None = None
) -> view.JSON:
    """Return what was paid on some days, when, and for what, and what was owed at both ends.

    Raises:
        NotFound: no such loan.
        BadInput: the days are in no order, not over nor of today, or all before the loan was.
    """
    cell = runtime.cell(loan)
    row = await store.find(connection, cell, caller, loan)
    entered = (await store.events_of(connection, cell, [loan]))[loan]
    today = await business_date(connection)
    days = days or Days()
    began = min(one.event.business_date for one in entered)
    first = days.opened_on or began
    last = days.closed_on or today
    if not first <= last <= today:
        raise BadInput("a statement is of days up to today", fields={"closed_on": "out of order"})
    if last < began:
        raise BadInput("there was no loan on these days", fields={"closed_on": "before the loan"})
    return view.statement_json(row, entered, (first, last), runtime.public)


async def payoff(connection: Connection, runtime: Runtime, caller: Caller, loan: int) -> view.JSON:
    """Return what settles the loan today and on the days after. Raises NotFound."""
    cell = runtime.cell(loan)
    row = await store.find(connection, cell, caller, loan)
    entered = (await store.events_of(connection, cell, [loan]))[loan]
    today = await business_date(connection)
    quotes = payoff_quotes(row.terms, [one.event for one in entered], today)
    return view.payoff_json(row, quotes, today, runtime.public)


async def loan_events(connection: Connection, cell: int, loan: int) -> list[LoanEvent]:
    """Return a loan's events in order of entry, for a caller that has named whose it is."""
    return [one.event for one in (await store.events_of(connection, cell, [loan]))[loan]]
