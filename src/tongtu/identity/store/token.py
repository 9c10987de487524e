"""Rows of tokens (by hash) and of staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from tongtu.identity.model import Caller, Role
from tongtu.runtime.api import Connection, Database

# By look-up: asking the enum costs more than all else of a row.
_ROLES = {role.value: role for role in Role}


class Found(NamedTuple):
    """What a live token stands for, and until when."""

    caller: Caller
    expires_at: datetime


class Issued(NamedTuple):
    """A live token, by hash: since when, and until when."""

    hash: bytes
    role: Role
    issued_at: datetime
    expires_at: datetime


# Before the first transaction there is.
FIRST = "0"
# Whoever has more ends all of them at once.
TOKENS_SHOWN_MAX = 100
STAFF_SHOWN_MAX = 100
_REVOKED = """
select horizon::text, hashes, expiries from identity.find_revoked($1::text::xid8, $2)
"""


class Revoked(NamedTuple):
    """Tokens, by hash, that were ended though they would still live; where to look on from."""

    horizon: str
    ended: list[tuple[bytes, datetime]]


class Hold(Enum):
    """How a member of staff is read. Who gives them a token shares; who ends theirs excludes."""

    FREE = ""
    SHARED = "for share"
    ALONE = "for update"


_STAFF_BY_ID = {
    hold: f"""
    select id, login, role, organisation from identity.staff
    where id = $1 and closed_at is null {hold.value}
    """
    for hold in Hold
}


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


async def list_tokens(
    connection: Connection, cell: int, subject: int, at: datetime
) -> list[Issued]:
    """Return the live tokens of one subject, newest first."""
    rows = await connection.fetch(
        """
        select hash, role, issued_at, expires_at from identity.token
        where cell = $1 and subject = $2 and revoked_at is null and expires_at > $3
        order by issued_at desc, hash limit $4
        """,
        cell,
        subject,
        at,
        TOKENS_SHOWN_MAX,
    )
    return [
        Issued(one["hash"], _ROLES[one["role"]], one["issued_at"], one["expires_at"])
        for one in rows
    ]


async def end_tokens(
    connection: Connection, whose: tuple[int, int], hashes: Sequence[bytes], at: datetime
) -> list[bytes]:
    """End those live tokens of one subject (`whose`: cell, id) that are named; return them."""
    rows = await connection.fetch(
        """
        update identity.token set revoked_at = $4
        where cell = $1 and subject = $2 and hash = any ($3::bytea[]) and revoked_at is null
        returning hash
        """,
        *whose,
        list(hashes),
        at,
    )
    return [row["hash"] for row in rows]


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


async def write_staff(connection: Connection, staff: Staff, at: datetime) -> bool:
    """Write a new member of staff; False when somebody has or had this login."""
    tag = await connection.execute(
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
    return bool(tag == "INSERT 0 1")


async def find_staff(
    connection: Connection, identifier: int, hold: Hold = Hold.FREE
) -> Staff | None:
    """Return the member of staff with this id, as they are now; held until the commit."""
    row = await connection.fetchrow(_STAFF_BY_ID[hold], identifier)
    return _staff(row)


async def find_staff_by_login(connection: Connection, login: str) -> Staff | None:
    """Return the member of staff with this login, who has not left."""
    row = await connection.fetchrow(
        """
        select id, login, role, organisation from identity.staff
        where login = $1 and closed_at is null
        """,
        login,
    )
    return _staff(row)


async def login_of(connection: Connection, identifier: int) -> str:
    """Return the login of a member of staff, who may have left; empty: there never was one."""
    login = await connection.fetchval("select login from identity.staff where id = $1", identifier)
    return str(login or "")


async def count_open(connection: Connection, role: Role) -> int:
    """Return how many members of staff have a role now."""
    found = await connection.fetchval(
        "select count(*) from identity.staff where role = $1 and closed_at is null", role.value
    )
    return int(found)


async def list_staff(connection: Connection, prefix: str) -> list[Staff]:
    """Return at most STAFF_SHOWN_MAX who have not left and whose login begins so, by login."""
    rows = await connection.fetch(
        """
        select id, login, role, organisation from identity.staff
        where starts_with(login, $1) and closed_at is null order by login limit $2
        """,
        prefix,
        STAFF_SHOWN_MAX,
    )
    return [one for row in rows if (one := _staff(row))]


async def move_staff(connection: Connection, staff: Staff) -> bool:
    """Give a member of staff another role or organisation; False when there is none."""
    tag = await connection.execute(
        """
        update identity.staff set role = $2, organisation = $3
        where id = $1 and closed_at is null
        """,
        staff.id,
        staff.role.value,
        staff.organisation,
    )
    return bool(tag == "UPDATE 1")


async def close_staff(connection: Connection, identifier: int, at: datetime) -> bool:
    """Close a member of staff, who keeps their row; False when there is none."""
    tag = await connection.execute(
        "update identity.staff set closed_at = $2 where id = $1 and closed_at is null",
        identifier,
        at,
    )
    return bool(tag == "UPDATE 1")


def _staff(row: Any) -> Staff | None:
    if row is None:
        return None
    return Staff(row["id"], row["login"], _ROLES[row["role"]], row["organisation"])


async def end_all_of(connection: Connection, cell: int, party: int, at: datetime) -> int:
    """End every live token of a borrower; return how many."""
    tag = await connection.execute(
        """
        update identity.token set revoked_at = $3
        where cell = $1 and subject = $2 and role = 'borrower' and revoked_at is null
            and expires_at > $3
        """,
        cell,
        party,
        at,
    )
    return int(tag.split()[-1])
