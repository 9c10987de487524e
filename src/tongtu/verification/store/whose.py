"""Whose a verification is."""

from __future__ import annotations

from tongtu.runtime.api import Connection


async def party_of_verification(connection: Connection, cell: int, case: int) -> int | None:
    """Return the party that a case is about."""
    party: int | None = await connection.fetchval(
        "select party from verification.identity_case where cell = $1 and id = $2", cell, case
    )
    return party
