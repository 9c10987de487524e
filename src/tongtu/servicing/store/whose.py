"""Whose a loan or a credit line is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongtu.runtime.api import Connection


async def party_of_loan(connection: Connection, cell: int, loan: int) -> int | None:
    """Return the party that owes this loan."""
    party: int | None = await connection.fetchval(
        "select party from servicing.loan where cell = $1 and id = $2", cell, loan
    )
    return party


async def party_of_facility(connection: Connection, cell: int, facility: int) -> int | None:
    """Return the party that has this credit line."""
    party: int | None = await connection.fetchval(
        "select party from servicing.facility where cell = $1 and id = $2", cell, facility
    )
    return party


@dataclass(frozen=True, slots=True)
class Debts:
    """What a party owes or owed. `ended_on`: None while something runs, or where nothing was."""

    loans: tuple[int, ...]
    applications: tuple[int, ...]
    is_running: bool
    ended_on: date | None


async def debts_of(connection: Connection, cell: int, party: int) -> Debts:
    """Return a party's loans and lines: whether any runs, or money is still owed back."""
    loans = await connection.fetch(
        """
        select l.id, l.application, l.status, l.settled_on, exists (
            select 1 from servicing.credit_balance b
            where b.cell = l.cell and b.loan = l.id) as is_owed
        from servicing.loan l where l.cell = $1 and l.party = $2
        """,
        cell,
        party,
    )
    lines = await connection.fetch(
        """
        select f.is_closed, f.valid_to, (
            select max(e.business_date) from servicing.facility_event e
            where e.cell = f.cell and e.facility = f.id and e.kind = 'closed') as closed_on
        from servicing.facility f where f.cell = $1 and f.party = $2
        """,
        cell,
        party,
    )
    is_running = any(row["status"] == "live" or row["is_owed"] for row in loans)
    is_running = is_running or any(not row["is_closed"] for row in lines)
    ends = [row["settled_on"] for row in loans]
    ends += [row["closed_on"] or row["valid_to"] for row in lines]
    return Debts(
        tuple(row["id"] for row in loans),
        tuple(row["application"] for row in loans),
        is_running,
        None if is_running or not ends else max(ends),
    )
