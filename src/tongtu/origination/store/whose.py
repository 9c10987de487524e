"""Whose an application or a decision is."""

from __future__ import annotations

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
