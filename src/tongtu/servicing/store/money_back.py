"""Changes that wait for their money: which payment carries which."""

from __future__ import annotations

from datetime import datetime

from tongtu.runtime.api import Connection

_KEEP = """
INSERT INTO servicing.money_back (cell, payment, loan, change, at) VALUES ($1, $2, $3, $4, $5)
"""
_FIND = "SELECT change FROM servicing.money_back WHERE cell = $1 AND payment = $2"


async def keep(
    connection: Connection, payment: tuple[int, int], loan: int, change: str, at: datetime
) -> None:
    """Keep what a payment (cell, id) carries."""
    await connection.execute(_KEEP, *payment, loan, change, at)


async def find(connection: Connection, cell: int, payment: int) -> str | None:
    """Return the change that a payment carries, if it is one's."""
    found: str | None = await connection.fetchval(_FIND, cell, payment)
    return found
