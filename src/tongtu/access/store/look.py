"""Rows of who looked at whose data. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.access.model import Look
from tongtu.identity.api import Caller, Role
from tongtu.runtime.api import Connection


async def write_look(
    connection: Connection, where: tuple[int, int, int], reader: Caller, look: Look
) -> None:
    """Keep a look; `where`: cell, id, party."""
    await connection.execute(
        """
        insert into access.look
            (cell, id, party, role, reader, organisation, shows, why, at, reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        *where,
        reader.role.value,
        reader.subject,
        reader.organisation,
        ",".join(look.shows),
        look.why,
        look.at,
        look.reason,
    )


async def find_looks(connection: Connection, cell: int, party: int, limit: int) -> Sequence[Look]:
    """Return the last looks at a person's data, newest first."""
    rows = await connection.fetch(
        """
        select role, organisation, shows, why, at, reason from access.look
        where cell = $1 and party = $2 order by id desc limit $3
        """,
        cell,
        party,
        limit,
    )
    return [
        Look(Role(role), organisation, (shows,), why, at, reason)
        for role, organisation, shows, why, at, reason in rows
    ]
