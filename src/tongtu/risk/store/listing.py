"""Rows of lists: entries, what matched them, and the version that tells of a change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.risk.model import ListEntry
from tongtu.runtime.api import Connection

_COLUMNS = "id, list, kind, key, sealed, why, approval, added_at, expires_at"
_VERSION = "select version from risk.list_state"
_BUMP = "update risk.list_state set version = version + 1"
_LIVE = f"""
select {_COLUMNS} from risk.list_entry
 where removed_at is null and expires_at > $1 order by id limit $2
"""
_INSERT = f"""
insert into risk.list_entry ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_REMOVE = """
update risk.list_entry set removed_at = $2, removed_by = $3
 where id = $1 and removed_at is null returning id
"""
_FIND = f"select {_COLUMNS} from risk.list_entry where id = $1 and removed_at is null"
# More entries than this belong into a table of their own, with an index instead of memory.
ENTRIES_MAX = 100_000


async def version(connection: Connection) -> int:
    """Return a number that rises with every change of a list."""
    found: int = await connection.fetchval(_VERSION)
    return found


async def live(connection: Connection, at: datetime) -> Sequence[ListEntry]:
    """Return the entries in force.

    Raises:
        Conflict: there are more than memory is meant for; nothing may be decided by half a list.
    """
    rows = await connection.fetch(_LIVE, at, ENTRIES_MAX + 1)
    if len(rows) > ENTRIES_MAX:
        raise Conflict(f"more than {ENTRIES_MAX} list entries", code="list_too_long")
    return [_entry(row) for row in rows]


async def insert(connection: Connection, entry: ListEntry) -> None:
    """Write a new entry and tell every process."""
    await connection.execute(
        _INSERT,
        entry.id,
        entry.list,
        entry.kind,
        entry.key,
        entry.sealed,
        entry.why,
        entry.approval,
        entry.added_at,
        entry.expires_at,
    )
    await connection.execute(_BUMP)


async def find(connection: Connection, number: int) -> ListEntry:
    """Return an entry that was not removed. Raises NotFound."""
    row = await connection.fetchrow(_FIND, number)
    if row is None:
        raise NotFound("there is no such entry")
    return _entry(row)


async def remove(connection: Connection, number: int, approval: int, at: datetime) -> None:
    """End an entry and tell every process. Raises NotFound when it stands no more."""
    if await connection.fetchval(_REMOVE, number, at, approval) is None:
        raise NotFound("there is no such entry")
    await connection.execute(_BUMP)


def _entry(row: asyncpg.Record) -> ListEntry:
    return ListEntry(**dict(row.items()))
