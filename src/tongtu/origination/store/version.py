"""Versions: what decided, by content. A new one is written once, when a lane with it starts."""

from __future__ import annotations

from datetime import datetime

from tongtu.kernel.errors import Broken
from tongtu.origination.model import Version
from tongtu.runtime.api import Connection

_WRITE = """
insert into origination.version
    (hash, pack, pack_hash, model_hash, rules_hash, book_hash, challenger_hash, dictionary, words,
     sources, since)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (hash) do nothing
"""
_NUMBER = "select id from origination.version where hash = $1"
_DICTIONARY = "select dictionary from origination.version where id = $1"
_READING = "select dictionary, words from origination.version where id = $1"
_HASHES = """
select pack_hash as pack, model_hash as model, rules_hash as rules, book_hash as book,
       challenger_hash as challenger
  from origination.version where id = $1
"""
_SOURCES = "select sources from origination.version where id = $1"


async def register(connection: Connection, version: Version, at: datetime) -> int:
    """Return the small number of a version, writing it when it is new."""
    await connection.execute(
        _WRITE,
        version.hash,
        version.pack,
        version.pack_hash,
        version.model_hash,
        version.rules_hash,
        version.book_hash,
        version.challenger_hash,
        version.dictionary,
        version.words,
        version.sources,
        at,
    )
    number: int = await connection.fetchval(_NUMBER, version.hash)
    return number


async def find_dictionary(connection: Connection, number: int) -> bytes:
    """Return the dictionary the records of a version are packed with."""
    found: bytes | None = await connection.fetchval(_DICTIONARY, number)
    if found is None:
        raise Broken(f"there is no decision version {number}")
    return found


async def find_reading(connection: Connection, number: int) -> tuple[bytes, bytes]:
    """Return what the records of a version are read with: their dictionary, its answers' words."""
    row = await connection.fetchrow(_READING, number)
    if row is None:
        raise Broken(f"there is no decision version {number}")
    return row["dictionary"], row["words"]


async def find_hashes(connection: Connection, number: int) -> dict[str, str]:
    """Return what a version says it was made of, by the name of the part."""
    row = await connection.fetchrow(_HASHES, number)
    if row is None:
        raise Broken(f"there is no decision version {number}")
    return dict(row.items())


async def find_sources(connection: Connection, number: int) -> bytes:
    """Return the packed sources of a version."""
    found: bytes | None = await connection.fetchval(_SOURCES, number)
    if found is None:
        raise Broken(f"there is no decision version {number}")
    return found
