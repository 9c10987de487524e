"""Whose a payment is."""

from __future__ import annotations

from tongtu.runtime.api import Connection


async def party_of_payment(connection: Connection, cell: int, payment: int) -> int | None:
    """Return the party a payment is for or from."""
    party: int | None = await connection.fetchval(
        "select party from payments.instruction where cell = $1 and id = $2", cell, payment
    )
    return party
