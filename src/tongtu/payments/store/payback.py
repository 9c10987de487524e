"""Which break a payment to a merchant pays back, and whether one of it is on its way or there."""

from __future__ import annotations

from datetime import datetime

from tongtu.runtime.api import Connection

_ADD = "INSERT INTO payments.payback (cell, payment, break, at) VALUES ($1, $2, $3, $4)"
# What is disputed may have moved, so it counts as well.
_IS_LIVE = """
SELECT EXISTS (SELECT FROM payments.payback p
               JOIN payments.instruction i ON i.cell = p.cell AND i.id = p.payment
               WHERE p.cell = $1 AND p.break = $2 AND i.state NOT IN ('rejected', 'returned'))
"""
_BREAK = "SELECT break FROM payments.payback WHERE cell = $1 AND payment = $2"


async def add(connection: Connection, cell: int, payment: int, number: int, at: datetime) -> None:
    """Note that a payment pays a break back."""
    await connection.execute(_ADD, cell, payment, number, at)


async def is_live(connection: Connection, cell: int, number: int) -> bool:
    """Tell whether a payment of this break may reach, or has reached, the merchant."""
    found: bool = await connection.fetchval(_IS_LIVE, cell, number)
    return found


async def break_of(connection: Connection, cell: int, payment: int) -> int | None:
    """Return the break that a payment pays back, if it is such a payment."""
    found: int | None = await connection.fetchval(_BREAK, cell, payment)
    return found
