"""Rows of tokens (by hash) and of staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tongtu.identity.model import Caller, Role
from tongtu.runtime.api import Connection, Database

# By look-up: asking the enum costs more than all else of a row.
_ROLES = {role.value: role for role in Role}


class Found(NamedTuple):
    """What a live token stands for, and until when."""

    caller: Caller
    expires_at: datetime


# Before the first transaction there is.
FIRST = "0"
_REVOKED = """
select horizon::text, hashes, expiries from identity.find_revoked($1::text::xid8, $2)
"""


class Revoked(NamedTuple):
    """Tokens, by hash, that were ended though they would still live; where to look on from."""

    horizon: str
    ended: list[tuple[bytes, datetime]]


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff or of a partner (`organisation`: its lender number, else 0)."""

    id: int
    login: str
    role: Role
    organisation: int = 0


async def write_token(
    connection: Connection, token_hash: bytes, issued_at: datetime, found: Found
) -> None:
    """Write a new token."""
    await connection.execute(
        """
        insert into identity.token
            (cell, hash, role, subject, organisation, issued_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        found.caller.cell,
        token_hash,
        found.caller.role.value,
        found.caller.subject,
        found.caller.organisation,
        issued_at,
        found.expires_at,
    )


async def find_tokens(
    connection: Connection, hashes: Sequence[bytes], at: datetime
) -> list[Found | None]:
    """Return what each hash stands for, in the order asked."""
    rows = await connection.fetch(
        """
        select n, role, subject, organisation, cell, expires_at
        from identity.find_tokens($1, $2)
        """,
        b"".join(hashes),  # one value: the driver takes a list apart, element by element
        at,
    )
    found: list[Found | None] = [None] * len(hashes)
    for n, role, subject, organisation, cell, expires_at in rows:
        found[n - 1] = Found(Caller(_ROLES[role], subject, organisation, cell), expires_at)
    return found


async def find_revoked(database: Database, since: str, at: datetime) -> Revoked:
    """Return what was ended since a look that gave `since`, some of it perhaps once more."""
    [(horizon, hashes, expiries)] = await database.look(_REVOKED, since, at)
    return Revoked(horizon, list(zip(hashes or (), expiries or (), strict=True)))


async def revoke_token(connection: Connection, cell: int, token_hash: bytes, at: datetime) -> bool:
    """End a live token; False when there is none."""
    tag = await connection.execute(
        """
        update identity.token set revoked_at = $3
        where cell = $1 and hash = $2 and revoked_at is null
        """,
        cell,
        token_hash,
        at,
    )
    return bool(tag == "UPDATE 1")


async def revoke_staff_tokens(connection: Connection, prefix: str, at: datetime) -> int:
    """End every live token of staff whose login begins with `prefix`; return how many."""
    tag = await connection.execute(
        """
        update identity.token set revoked_at = $2
        where revoked_at is null and role <> 'borrower' and subject in (
            select id from identity.staff where starts_with(login, $1)
        )
        """,
        prefix,
        at,
    )
    return int(tag.rpartition(" ")[2])


async def open_staff(connection: Connection, staff: Staff, at: datetime) -> int:
    """Return the id of the member of staff with this login, writing the row if it is new."""
    await connection.execute(
        """
        insert into identity.staff (id, login, role, organisation, opened_at)
        values ($1, $2, $3, $4, $5) on conflict (login) do nothing
        """,
        staff.id,
        staff.login,
        staff.role.value,
        staff.organisation,
        at,
    )
    found = await connection.fetchval("select id from identity.staff where login = $1", staff.login)
    return int(found)
