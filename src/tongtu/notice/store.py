"""Rows of notice.box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A notice as stored: its body is sealed."""

    cell: int
    id: int
    party: int | None
    address_blind: bytes
    template: str
    body: bytes
    at: datetime


async def write_notice(connection: Connection, row: BoxRow) -> None:
    """Put a notice into the box."""
    await connection.execute(
        """
        insert into notice.box (cell, id, party, address_blind, channel, template, body, at)
        values ($1, $2, $3, $4, 'sms', $5, $6, $7)
        """,
        row.cell,
        row.id,
        row.party,
        row.address_blind,
        row.template,
        row.body,
        row.at,
    )


async def latest_notices(
    connection: Connection, cell: int, address_blind: bytes, limit: int
) -> list[BoxRow]:
    """Return the newest notices to one address, newest first."""
    rows = await connection.fetch(
        """
        select cell, id, party, address_blind, template, body, at from notice.box
        where cell = $1 and address_blind = $2 order by id desc limit $3
        """,
        cell,
        address_blind,
        limit,
    )
    return [BoxRow(**dict(row)) for row in rows]
