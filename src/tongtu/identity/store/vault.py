"""Rows of the vault and of its access log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class Sealed:
    """One value as the vault holds it."""

    kind: str
    sealed: bytes
    blind: bytes


@dataclass(frozen=True, slots=True)
class Access:
    """A look into the vault, for the log."""

    id: int
    party: int
    role: str
    reader: int
    kinds: tuple[str, ...]
    at: datetime


async def write_values(
    connection: Connection, cell: int, party: int, values: Sequence[Sealed], at: datetime
) -> None:
    """Write or replace sealed values of one party, and the hashes it is linked by."""
    await connection.executemany(
        """
        insert into identity.vault (cell, party, kind, sealed, blind, written_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (cell, party, kind)
        do update set sealed = excluded.sealed, blind = excluded.blind,
            written_at = excluded.written_at
        """,
        [(cell, party, value.kind, value.sealed, value.blind, at) for value in values],
    )
    await connection.execute("select identity.note_links($1, $2)", cell, party)


async def find_values(
    connection: Connection, cell: int, party: int, kinds: Sequence[str]
) -> list[Sealed]:
    """Return the sealed values of the wanted kinds that exist."""
    rows = await connection.fetch(
        """
        select kind, sealed, blind from identity.vault
        where cell = $1 and party = $2 and kind = any($3::text[])
        """,
        cell,
        party,
        list(kinds),
    )
    return [Sealed(row["kind"], row["sealed"], row["blind"]) for row in rows]


async def log_access(connection: Connection, cell: int, access: Access) -> None:
    """Leave a row for a look into the vault."""
    await connection.execute(
        """
        insert into identity.vault_access (cell, id, party, role, reader, kinds, at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        cell,
        access.id,
        access.party,
        access.role,
        access.reader,
        list(access.kinds),
        access.at,
    )


async def find_looks(
    connection: Connection, cell: int, party: int, limit: int
) -> list[tuple[str, tuple[str, ...], datetime]]:
    """Return role, kinds and time of people's looks into the vault and at documents.

    The party's own and those of the platform's workers (reader 0) are not among them.
    """
    rows = await connection.fetch(
        """
        (select role, kinds, at from identity.vault_access
         where cell = $1 and party = $2 and reader not in (0, $2) order by id desc limit $3)
        union all
        (select role, array['documents'], at from identity.document_access
         where cell = $1 and party = $2 and reader not in (0, $2) order by id desc limit $3)
        """,
        cell,
        party,
        limit,
    )
    return [(row["role"], tuple(row["kinds"]), row["at"]) for row in rows]
