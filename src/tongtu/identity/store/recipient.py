"""Rows of who was told what became of a person's data. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tongtu.runtime.api import Connection


async def recipients_of(connection: Connection, cell: int, party: int) -> list[int]:
    """Return the lenders a person ever agreed to share with: each may hold something."""
    rows = await connection.fetch(
        """
        select distinct recipient from identity.consent
        where cell = $1 and party = $2 and scope = 'share_lender' order by recipient
        """,
        cell,
        party,
    )
    return [row["recipient"] for row in rows]


async def recipient_of(connection: Connection, cell: int, consent: int) -> int:
    """Return whom a consent lets share; 0 where it is about no recipient."""
    return int(
        await connection.fetchval(
            "select recipient from identity.consent where cell = $1 and id = $2", cell, consent
        )
        or 0
    )


async def note_told(
    connection: Connection,
    of: tuple[int, int, int],
    told: tuple[str, Sequence[str]],
    lenders: Sequence[int],
    at: datetime,
) -> list[int]:
    """Write who is told; `of` is (cell, party, cause). Return those who were not told before."""
    (cell, party, cause), (what, kinds) = of, told
    rows = await connection.fetch(
        """
        insert into identity.recipient_told (cell, cause, lender, party, what, kinds, at)
        select $1, $2, lender, $3, $4, $5, $6 from unnest($7::int8[]) as lender
        on conflict (cell, cause, lender) do nothing returning lender
        """,
        cell,
        cause,
        party,
        what,
        list(kinds),
        at,
        list(lenders),
    )
    return sorted(row["lender"] for row in rows)
