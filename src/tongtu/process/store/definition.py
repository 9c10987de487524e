"""The SQL of process files: kept by their hash, put in force by a publication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.process.rules.graph import Graph
from tongtu.runtime.api import Connection

LISTED_MAX = 200

_SAVE = """
insert into process.definition (hash, key, name, source, saved_by, saved_at)
values ($1, $2, $3, $4, $5, $6) on conflict (hash) do nothing
"""
_SOURCE = "select source from process.definition where hash = $1"
_PUBLISH = """
insert into process.publication (key, n, hash, proposed_by, allowed_by, at)
select $1, 1 + coalesce(max(p.n), 0), $2, $3, $4, $5 from process.publication p where p.key = $1
"""
_IN_FORCE = """
select p.hash from process.publication p where p.key = $1 order by p.n desc limit 1
"""
_LISTED = """
select d.hash, d.key, d.name, d.saved_at,
    (select max(p.at) from process.publication p where p.hash = d.hash) as published_at,
    coalesce(d.hash = (select p.hash from process.publication p where p.key = d.key
        order by p.n desc limit 1), false) as is_in_force
from process.definition d order by d.key, d.saved_at desc limit $1
"""


@dataclass(frozen=True, slots=True)
class Definition:
    """A process file that is kept."""

    hash: str
    key: str
    name: str
    saved_at: datetime
    published_at: datetime | None
    is_in_force: bool


async def save(connection: Connection, graph: Graph, source: bytes, by: int, at: datetime) -> None:
    """Keep a process file; the same content is kept once."""
    await connection.execute(_SAVE, graph.hash, graph.key, graph.name, source, by, at)


async def source_of(connection: Connection, version: str) -> bytes | None:
    """Return the file with this hash, or None."""
    source: bytes | None = await connection.fetchval(_SOURCE, version)
    return source


async def publish(
    connection: Connection, graph: Graph, persons: tuple[int, int], at: datetime
) -> None:
    """Put a version in force for cases that begin from now on; `persons` proposed, allowed."""
    # Two publications of one process go one after the other.
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 295))", graph.key)
    await connection.execute(_PUBLISH, graph.key, graph.hash, persons[0], persons[1], at)


async def in_force(connection: Connection, key: str) -> str | None:
    """Return the hash of the version in force, or None: nothing was ever published."""
    found: str | None = await connection.fetchval(_IN_FORCE, key)
    return found


async def definitions(connection: Connection) -> tuple[Definition, ...]:
    """Return the process files, by key, newest first; at most 200."""
    rows = await connection.fetch(_LISTED, LISTED_MAX)
    return tuple(
        Definition(**{**dict(row), "is_in_force": bool(row["is_in_force"])}) for row in rows
    )
