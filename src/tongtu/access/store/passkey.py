"""Rows of passkeys, and of challenges that were answered. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.access.model import Passkey
from tongtu.identity.api import Role
from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey as stored."""

    id: int
    owner: int
    role: Role
    credential: bytes
    public_key: bytes
    counter: int


async def use_challenge(
    connection: Connection, cell: int, challenge_hash: bytes, times: tuple[datetime, datetime]
) -> bool:
    """Use a challenge up; False when it was used before. `times`: now, and its own end."""
    at, expires_at = times
    await connection.execute(
        "delete from access.used_challenge where cell = $1 and expires_at < $2", cell, at
    )
    tag = await connection.execute(
        """
        insert into access.used_challenge (cell, hash, expires_at) values ($1, $2, $3)
        on conflict do nothing
        """,
        cell,
        challenge_hash,
        expires_at,
    )
    return bool(tag == "INSERT 0 1")


async def write_passkey(
    connection: Connection, cell: int, row: PasskeyRow, label: str, at: datetime
) -> bool:
    """Write a new passkey; False when its credential is there already."""
    tag = await connection.execute(
        """
        insert into access.passkey
            (cell, id, owner, role, credential, public_key, counter, label, added_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (cell, credential) do nothing
        """,
        cell,
        row.id,
        row.owner,
        row.role.value,
        row.credential,
        row.public_key,
        row.counter,
        label,
        at,
    )
    return bool(tag == "INSERT 0 1")


async def find_passkey(connection: Connection, cell: int, credential: bytes) -> PasskeyRow | None:
    """Return the live passkey with this credential."""
    row = await connection.fetchrow(
        """
        select id, owner, role, credential, public_key, counter from access.passkey
        where cell = $1 and credential = $2 and ended_at is null
        """,
        cell,
        credential,
    )
    if row is None:
        return None
    return PasskeyRow(
        row["id"], row["owner"], Role(row["role"]), row["credential"], row["public_key"],
        row["counter"],
    )  # fmt: skip


async def note_use(
    connection: Connection, cell: int, identifier: int, counter: int, at: datetime
) -> bool:
    """Raise the counter; False when it did not grow, or the passkey was ended. One statement.

    Devices that count nothing say 0 each time.
    """
    tag = await connection.execute(
        """
        update access.passkey set counter = $3, used_at = $4
        where cell = $1 and id = $2 and ended_at is null
            and (counter < $3 or (counter = 0 and $3 = 0))
        """,
        cell,
        identifier,
        counter,
        at,
    )
    return bool(tag == "UPDATE 1")


async def list_passkeys(connection: Connection, cell: int, owner: int) -> list[Passkey]:
    """Return the live passkeys of somebody, oldest first."""
    rows = await connection.fetch(
        """
        select id, label, added_at, used_at from access.passkey
        where cell = $1 and owner = $2 and ended_at is null order by id
        """,
        cell,
        owner,
    )
    return [Passkey(row["id"], row["label"], row["added_at"], row["used_at"]) for row in rows]


async def list_credentials(connection: Connection, cell: int, owner: int) -> list[bytes]:
    """Return the credentials of somebody's live passkeys."""
    rows = await connection.fetch(
        """
        select credential from access.passkey
        where cell = $1 and owner = $2 and ended_at is null order by id
        """,
        cell,
        owner,
    )
    return [row["credential"] for row in rows]


async def end_passkey(
    connection: Connection, cell: int, owner: int, identifier: int, at: datetime
) -> bool:
    """End a live passkey of somebody; False when they have no such one."""
    tag = await connection.execute(
        """
        update access.passkey set ended_at = $4
        where cell = $1 and owner = $2 and id = $3 and ended_at is null
        """,
        cell,
        owner,
        identifier,
        at,
    )
    return bool(tag == "UPDATE 1")


async def lock_owner(connection: Connection, owner: int) -> None:
    """Let one enrolment of somebody wait for the other, so that their number stays in its bound."""
    await connection.execute("select pg_advisory_xact_lock($1::int4, 205)", owner % 2**31)


async def end_all(connection: Connection, cell: int, owner: int, at: datetime) -> None:
    """End every passkey of somebody."""
    await connection.execute(
        """
        update access.passkey set ended_at = $3
        where cell = $1 and owner = $2 and ended_at is null
        """,
        cell,
        owner,
        at,
    )
