"""Wishes for relief as rows: one open a loan, decided once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tongtu.runtime.api import Connection

_INSERT = """
INSERT INTO servicing.relief_request (cell, id, loan, rest_instalments, reason, asked_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (cell, loan) WHERE state = 'asked' DO NOTHING
"""
_DECIDE = """
UPDATE servicing.relief_request SET state = $3, decided_by = $4, decided_at = $5
WHERE cell = $1 AND loan = $2 AND state = 'asked'
"""
# Reads all cells: the staff's list.
_OPEN = """
SELECT id, loan, rest_instalments, reason, asked_at FROM servicing.relief_request
WHERE state = 'asked' AND id > $1 ORDER BY id LIMIT $2
"""


class ReliefReason(StrEnum):
    """Why relief is asked for; no free text, so that nothing personal is kept here."""

    ILLNESS = "illness"
    JOB_LOST = "job_lost"
    INCOME_FELL = "income_fell"
    DISASTER = "disaster"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Relief:
    """So many instalments without principal, asked for by the borrower."""

    id: int
    loan: int
    rest_instalments: int
    reason: ReliefReason
    asked_at: datetime


async def insert(connection: Connection, cell: int, wish: Relief) -> bool:
    """Write a wish; False when one is open already."""
    done = await connection.execute(
        _INSERT, cell, wish.id, wish.loan, wish.rest_instalments, wish.reason.value, wish.asked_at
    )
    return bool(done == "INSERT 0 1")


async def decide(
    connection: Connection, place: tuple[int, int], verdict: tuple[str, int], at: datetime
) -> bool:
    """Close the open wish of a loan (`place` is cell and loan); False when none is open."""
    done = await connection.execute(_DECIDE, *place, *verdict, at)
    return bool(done == "UPDATE 1")


async def open_wishes(connection: Connection, after: int, limit: int) -> list[Relief]:
    """Return wishes that wait, oldest first."""
    return [
        Relief(row["id"], row["loan"], row["rest_instalments"], ReliefReason(row["reason"]),
               row["asked_at"])
        for row in await connection.fetch(_OPEN, after, limit)
    ]  # fmt: skip
