"""Rows of name hits, and the score of a person that is left open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.kernel.errors import NotFound
from tongtu.runtime.api import Connection

Hit = tuple[int, int, int]  # cell, party, entry
_RECORD = """
insert into risk.name_hit as held (cell, party, entry, score, found_at) values ($1, $2, $3, $4, $5)
on conflict (cell, party, entry) do update set score = greatest(held.score, excluded.score)
"""
_CLEAR = """
update risk.name_hit set cleared_at = $4, cleared_by = $5, why = $6
 where cell = $1 and party = $2 and entry = $3 and cleared_at is null returning party
"""
_OPEN = """
select party, entry, score, found_at from risk.name_hit
 where cell = $1 and cleared_at is null order by found_at, party, entry limit 100
"""
_STAND = """
insert into risk.background as held (cell, party, name_score, screened_at)
select $1::smallint, $2::int8,
       coalesce((select max(h.score) from risk.name_hit h
         where h.cell = $1 and h.party = $2 and h.cleared_at is null), 0), $3::timestamptz
on conflict (cell, party) do update
   set name_score = excluded.name_score, screened_at = excluded.screened_at
returning name_score
"""


_VERIFIED = """
insert into risk.background as held (cell, party, verified, verified_until)
values ($1, $2, $3, $4)
on conflict (cell, party) do update
   set verified = excluded.verified, verified_until = excluded.verified_until
"""


async def record(connection: Connection, hit: Hit, score: int, at: datetime) -> None:
    """Write a hit, or raise its score; one that a person cleared stays cleared."""
    await connection.execute(_RECORD, *hit, score, at)


@dataclass(frozen=True, slots=True)
class NameHit:
    """A person whose name came near a listed one; nobody has looked yet."""

    party: int
    entry: int
    score: int
    found_at: datetime


async def open_hits(connection: Connection, cell: int) -> list[NameHit]:
    """Return the oldest hundred hits of a cell that nobody has cleared."""
    return [NameHit(*row) for row in await connection.fetch(_OPEN, cell)]


async def clear(connection: Connection, hit: Hit, by: tuple[int, str], at: datetime) -> None:
    """Close an open hit. Raises NotFound."""
    if await connection.fetchval(_CLEAR, *hit, at, *by) is None:
        raise NotFound("there is no such open hit")


async def stand(connection: Connection, cell: int, party: int, at: datetime) -> int:
    """Write the highest open score where decisions read it; return it."""
    score: int = await connection.fetchval(_STAND, cell, party, at)
    return score


async def note_verified(
    connection: Connection, cell: int, party: int, level: int, until: datetime | None
) -> None:
    """Write how surely it is known who the person is where decisions read it; 0 has no end."""
    await connection.execute(_VERIFIED, cell, party, level, until if level else None)
