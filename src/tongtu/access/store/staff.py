"""Rows of what staff sign in by. Callers own the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.identity.api import Staff
from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class Login:
    """A member of staff with what they sign in by."""

    staff: Staff
    password: str  # as argon2id writes it
    secret: bytes  # of the second factor, sealed
    set_at: datetime
    is_handed_out: bool  # and not changed by its owner since


async def write_login(
    connection: Connection, staff: int, password: str, secret: bytes, at: datetime
) -> None:
    """Write or replace what a member of staff signs in by."""
    await connection.execute(
        """
        insert into access.staff_login (staff, password, secret, set_at, is_handed_out)
        values ($1, $2, $3, $4, true)
        on conflict (staff) do update set password = excluded.password, secret = excluded.secret,
            step = 0, set_at = excluded.set_at, is_handed_out = true
        """,
        staff,
        password,
        secret,
        at,
    )


async def find_login(connection: Connection, staff: Staff) -> Login | None:
    """Return what this member of staff signs in by."""
    row = await connection.fetchrow(
        """
        select password, secret, set_at, is_handed_out from access.staff_login where staff = $1
        """,
        staff.id,
    )
    return None if row is None else Login(staff, *row)


async def use_step(connection: Connection, staff: int, step: int) -> bool:
    """Use a code of the second factor up; False when it, or a later one, was used before."""
    tag = await connection.execute(
        "update access.staff_login set step = $2 where staff = $1 and step < $2", staff, step
    )
    return bool(tag == "UPDATE 1")


async def change_password(connection: Connection, staff: int, password: str, at: datetime) -> None:
    """Replace the password; the second factor stays."""
    await connection.execute(
        """
        update access.staff_login set password = $2, set_at = $3, is_handed_out = false
        where staff = $1
        """,
        staff,
        password,
        at,
    )
