"""Rows of delegations: who acts for whom, in which role, until when. Callers own the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongtu.identity.api import Role
from tongtu.runtime.api import Connection

_COLUMNS = "id, giver, taker, role, organisation, allowed_by, begins_at, ends_at, ended_at"
SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Delegation:
    """The taker acts in the giver's role, under their own name, never longer than `ends_at`."""

    id: int
    giver: int
    taker: int
    role: Role
    organisation: int
    allowed_by: int
    begins_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """Tell whether the taker may act for the giver at this instant."""
        return self.ended_at is None and self.begins_at <= at < self.ends_at


async def write_delegation(connection: Connection, new: Delegation) -> None:
    """Write what a third person allowed."""
    await connection.execute(
        f"""insert into access.delegation ({_COLUMNS})
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        new.id,
        new.giver,
        new.taker,
        new.role.value,
        new.organisation,
        new.allowed_by,
        new.begins_at,
        new.ends_at,
        new.ended_at,
    )


async def find_delegation(connection: Connection, identifier: int) -> Delegation | None:
    """Return a delegation, its row held until the caller's commit."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from access.delegation where id = $1 for update", identifier
    )
    return None if row is None else _delegation(row)


async def list_delegations(connection: Connection, staff: int) -> list[Delegation]:
    """Return what somebody gave or took, newest first, ended ones too."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from access.delegation where giver = $1 or taker = $1
        order by id desc limit $2""",
        staff,
        SHOWN_MAX,
    )
    return [_delegation(row) for row in rows]


async def live_of(connection: Connection, staff: int, at: datetime) -> list[Delegation]:
    """Return what somebody gave or took and that has not ended, each row held."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from access.delegation
        where (giver = $1 or taker = $1) and ended_at is null and ends_at > $2
        order by id for update""",
        staff,
        at,
    )
    return [_delegation(row) for row in rows]


async def end_delegation(connection: Connection, identifier: int, at: datetime) -> bool:
    """End a delegation before its time; False where it had ended."""
    tag = await connection.execute(
        """update access.delegation set ended_at = $2
        where id = $1 and ended_at is null and ends_at > $2""",
        identifier,
        at,
    )
    return bool(tag == "UPDATE 1")


async def sessions_of(connection: Connection, identifier: int) -> Sequence[bytes]:
    """Return the hashes of the tokens by which a delegation was used."""
    rows = await connection.fetch(
        "select token_hash from access.session where delegation = $1", identifier
    )
    return [row["token_hash"] for row in rows]


async def name_session(connection: Connection, token_hash: bytes, identifier: int) -> None:
    """Note by which delegation a session of staff was got."""
    await connection.execute(
        "update access.session set delegation = $2 where cell = 0 and token_hash = $1",
        token_hash,
        identifier,
    )


async def giver_of_session(connection: Connection, token_hash: bytes) -> int | None:
    """Return for whom somebody acts in a session; None: for nobody but themselves."""
    found: int | None = await connection.fetchval(
        """select d.giver from access.session s join access.delegation d on d.id = s.delegation
        where s.cell = 0 and s.token_hash = $1""",
        token_hash,
    )
    return found


def _delegation(row: Any) -> Delegation:
    identifier, giver, taker, role, *rest = row
    return Delegation(identifier, giver, taker, Role(role), *rest)
