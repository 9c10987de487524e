"""Whose an application or a decision is."""

from __future__ import annotations

from datetime import date

from tongtu.runtime.api import Connection


async def party_of_application(connection: Connection, cell: int, application: int) -> int | None:
    """Return the party that applied."""
    party: int | None = await connection.fetchval(
        "select party from origination.application where cell = $1 and id = $2", cell, application
    )
    return party


async def party_of_decision(connection: Connection, cell: int, decision: int) -> int | None:
    """Return the party that was decided about."""
    party: int | None = await connection.fetchval(
        """
        select a.party from origination.decision d
        join origination.application a on a.cell = d.cell and a.id = d.application
        where d.cell = $1 and d.id = $2
        """,
        cell,
        decision,
    )
    return party


async def cases_of(
    connection: Connection, cell: int, party: int
) -> tuple[list[int], list[int], date | None]:
    """Return a party's applications, their decisions, and the business date of the last one."""
    rows = await connection.fetch(
        """
        select a.id, a.business_date, d.id as decision from origination.application a
        left join origination.decision d on d.cell = a.cell and d.application = a.id
        where a.cell = $1 and a.party = $2
        """,
        cell,
        party,
    )
    decisions = [row["decision"] for row in rows if row["decision"] is not None]
    last = max((row["business_date"] for row in rows), default=None)
    return sorted({row["id"] for row in rows}), sorted(set(decisions)), last
