"""Whom members of staff are tied to, by keyed hashes. Callers own the transaction."""

from __future__ import annotations

from datetime import datetime

from tongtu.runtime.api import Connection

_NOTE = """
insert into identity.staff_tie (staff, key, kind, noted_at) values ($1, $2, $3, $4)
on conflict do nothing
"""
_IS_TIED = """
select exists (select from identity.staff_tie t
     where t.staff = $1
       and t.key = any ((identity.links_batch($2, array[$3::int8]))[1:1][1:4]))
"""


async def note(connection: Connection, staff: int, tie: tuple[str, int], at: datetime) -> None:
    """Keep the keyed hash of what a member of staff, or their family, carries. Safe to repeat."""
    kind, key = tie
    await connection.execute(_NOTE, staff, key, kind, at)


async def is_tied(connection: Connection, staff: int, cell: int, party: int) -> bool:
    """Tell whether a party carries what a member of staff has named."""
    return bool(await connection.fetchval(_IS_TIED, staff, cell, party))
