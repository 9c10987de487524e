"""The SQL of what went wrong: noted by node, ended by a person or by a try that went well."""

from __future__ import annotations

from datetime import datetime

from tongtu.runtime.api import Connection

_NOTE = """
insert into process.incident (cell, instance, token, node, at, version, code)
select $1, $2, $3, case when $4 = '' then i.step else $4 end, $6, i.version, $5
from process.instance i where i.cell = $1 and i.id = $2 and not exists (
    select from process.incident o where o.cell = $1 and o.instance = $2 and o.token = $3
        and o.ended_at is null)
on conflict do nothing
"""
_PUT_OFF = "update process.instance set due_at = $3 where cell = $1 and id = $2"
_END = """
update process.incident set ended_at = $4, ended_by = $5
where cell = $1 and instance = $2 and token = $3 and ended_at is null
"""
# Nobody is asked by two: rows that another process works at are left to it.
_CLAIM = """
with next as (
    select t.cell, t.instance, t.token, t.node from process.task t
    join process.instance i on i.cell = t.cell and i.id = t.instance
    where t.kind = 'service' and t.next_at <= $1 and i.held_at is null
    order by t.next_at limit $3 for update of t skip locked
)
update process.task t set next_at = $2, attempts = t.attempts + 1 from next n
where t.cell = n.cell and t.instance = n.instance and t.token = n.token and t.node = n.node
returning t.cell, t.instance, t.token, t.node, t.version, t.what, t.attempts
"""
_AGAIN = """
update process.task set next_at = $4
where cell = $1 and instance = $2 and token = $3 and kind = 'service'
"""
_ANEW = """
update process.task set next_at = $4, attempts = 0
where cell = $1 and instance = $2 and token = $3 and kind = 'service' and next_at is null
"""


async def note(
    connection: Connection, where: tuple[int, int, int], node: str, code: str, at: datetime
) -> None:
    """Note that a case (cell, case, token) does not go on; one open note a token."""
    await connection.execute(_NOTE, *where, node, code, at)


async def put_off(connection: Connection, where: tuple[int, int], until: datetime) -> None:
    """Look at a case's clocks again at `until`."""
    await connection.execute(_PUT_OFF, *where, until)


async def end(connection: Connection, where: tuple[int, int, int], at: datetime, by: int) -> int:
    """End the open note of a token; return how many there were."""
    return int((await connection.execute(_END, *where, at, by)).rpartition(" ")[2])


async def claim(
    connection: Connection, at: datetime, until: datetime, most: int
) -> list[tuple[int, int, int, str, str, str, int]]:
    """Take calls that are due, until `until`: (cell, case, token, node, version, call, attempt)."""
    return [tuple(row) for row in await connection.fetch(_CLAIM, at, until, most)]


async def try_at(connection: Connection, where: tuple[int, int, int], at: datetime | None) -> None:
    """Try a call at this instant; None: when a person says so."""
    await connection.execute(_AGAIN, *where, at)


async def try_anew(connection: Connection, where: tuple[int, int, int], at: datetime) -> int:
    """Try a call that was given up, from its first attempt; return how many were."""
    return int((await connection.execute(_ANEW, *where, at)).rpartition(" ")[2])
