"""Rows of one-time codes and of how often something was tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code as stored: keyed hashes only."""

    id: int
    phone_blind: bytes
    code_hash: bytes
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `uses_max` uses of `key` in the window that began at `window_at`."""

    key: bytes
    window_at: datetime
    uses_max: int


async def take_attempt(connection: Connection, cell: int, limit: Limit) -> bool:
    """Use one attempt of the window; False when none is left. One statement, no read before."""
    used = await connection.fetchval(
        """
        insert into identity.attempt as old (cell, key, window_at, used) values ($1, $2, $3, 1)
        on conflict (cell, key) do update
            set window_at = excluded.window_at,
                used = case when old.window_at = excluded.window_at then old.used + 1 else 1 end
            where old.window_at <> excluded.window_at or old.used < $4
        returning used
        """,
        cell,
        limit.key,
        limit.window_at,
        limit.uses_max,
    )
    return used is not None


async def space_attempt(
    connection: Connection, cell: int, key: bytes, at: datetime, spacing: timedelta
) -> datetime | None:
    """Use the one attempt there is within `spacing`; else return when the next is due."""
    taken = await connection.fetchval(
        """
        insert into identity.attempt as old (cell, key, window_at, used) values ($1, $2, $3, 1)
        on conflict (cell, key) do update set window_at = excluded.window_at
            where old.window_at <= excluded.window_at - $4::interval
        returning true
        """,
        cell,
        key,
        at,
        spacing,
    )
    if taken:
        return None
    last = await connection.fetchval(
        "select window_at from identity.attempt where cell = $1 and key = $2", cell, key
    )
    return (last or at) + spacing


async def write_code(connection: Connection, cell: int, code: CodeRow) -> None:
    """Write a new code; codes of the same phone that are past their time go away."""
    await connection.execute(
        "delete from identity.code where cell = $1 and phone_blind = $2 and expires_at < $3",
        cell,
        code.phone_blind,
        code.sent_at,
    )
    await connection.execute(
        """
        insert into identity.code (cell, id, phone_blind, code_hash, sent_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        cell,
        code.id,
        code.phone_blind,
        code.code_hash,
        code.sent_at,
        code.expires_at,
    )


async def try_code(
    connection: Connection, cell: int, identifier: int, code_hash: bytes, at: datetime
) -> bool:
    """Count one try and use the code up when it fits: check and act in one statement."""
    fits = await connection.fetchval(
        """
        update identity.code
        set tries = tries + 1, used_at = case when code_hash = $3 then $4::timestamptz end
        where cell = $1 and id = $2 and used_at is null and tries < 5 and expires_at > $4
        returning used_at is not null
        """,
        cell,
        identifier,
        code_hash,
        at,
    )
    return bool(fits)
