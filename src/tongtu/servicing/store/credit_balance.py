"""Which loans hold money beyond their debt: a list over the fold, never a figure of its own."""

from __future__ import annotations

from tongtu.runtime.api import Connection

_LIST = """
INSERT INTO servicing.credit_balance (cell, loan) VALUES ($1, $2) ON CONFLICT DO NOTHING
"""
_UNLIST = "DELETE FROM servicing.credit_balance WHERE cell = $1 AND loan = $2"
_PAGE = """
SELECT loan FROM servicing.credit_balance WHERE cell = $1 AND loan > $2 ORDER BY loan LIMIT $3
"""
PAGE_MAX = 200


async def keep(connection: Connection, cell: int, loan: int, surplus_minor: int) -> None:
    """Put a held loan on the list, or take it off when nothing lies beyond its debt."""
    await connection.execute(_LIST if surplus_minor else _UNLIST, cell, loan)


async def page(connection: Connection, cell: int, after: int) -> list[int]:
    """Return some loans on the list with ids above `after`, in order."""
    return [row["loan"] for row in await connection.fetch(_PAGE, cell, after, PAGE_MAX)]
