"""Days of a loan that do not count as overdue, as rows that never change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tongtu.runtime.api import Connection
from tongtu.servicing.rules.delinquency import OverduePause

_INSERT = """
INSERT INTO servicing.delinquency_pause (cell, id, loan, first_on, last_on, reason, entered_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_OF_LOANS = """
SELECT loan, first_on, last_on FROM servicing.delinquency_pause
WHERE cell = $1 AND loan = ANY ($2) ORDER BY first_on, id
"""


async def insert(
    connection: Connection,
    place: tuple[int, int, int],
    pause: OverduePause,
    entered: tuple[str, int, datetime],
) -> None:
    """Write a pause; `place` is cell, its id and the loan, `entered` why, by whom and when."""
    await connection.execute(_INSERT, *place, pause.first_on, pause.last_on, *entered)


async def pauses_of(
    connection: Connection, cell: int, loans: Sequence[int]
) -> dict[int, list[OverduePause]]:
    """Return the pauses of loans, none as an empty list."""
    found: dict[int, list[OverduePause]] = {loan: [] for loan in loans}
    for row in await connection.fetch(_OF_LOANS, cell, list(loans)):
        found[row["loan"]].append(OverduePause(row["first_on"], row["last_on"]))
    return found
