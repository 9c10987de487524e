"""Whose a loan or a credit line is."""

from __future__ import annotations

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
