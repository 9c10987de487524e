"""Rows of who looked at whose data. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtu.access.model import Look
from tongtu.identity.api import Caller, Role
from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class KeptLook:
    """A look as the house sees it: whose data, and which member of staff."""

    id: int
    party: int
    reader: int
    role: str
    organisation: int
    shows: str
    why: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LooksSought:
    """At whose data, by whom, at which class; None: any."""

    party: int | None = None
    reader: int | None = None
    shows: str | None = None


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


async def list_looks_of_all(
    connection: Connection, cell: int, sought: LooksSought, page: tuple[int, int]
) -> list[KeptLook]:
    """Return looks of a cell, newest first; `page` is below which id, and how many."""
    rows = await connection.fetch(
        """
        select id, party, reader, role, organisation, shows, why, reason, at from access.look
         where cell = $1 and id < $2 and ($4::int8 is null or party = $4)
           and ($5::int8 is null or reader = $5) and ($6::text is null or shows = $6)
         order by id desc limit $3
        """,
        cell,
        *page,
        sought.party,
        sought.reader,
        sought.shows,
    )
    return [KeptLook(*row) for row in rows]
