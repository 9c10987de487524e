"""Rows of organisations, of who works where, and of which branch serves whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tongtu.access.rules.organisation import Organisation
from tongtu.runtime.api import Connection


async def write_organisations(
    connection: Connection, organisations: Sequence[Organisation]
) -> None:
    """Write the house as it is named; one that is named no more stays, as people may be its."""
    await connection.executemany(
        """
        insert into access.organisation (id, kind, number, parent) values ($1, $2, $3, $4)
        on conflict (id) do update set kind = excluded.kind, number = excluded.number,
            parent = excluded.parent
        """,
        [(one.id, one.kind.value, one.number, one.parent) for one in organisations],
    )


async def place_member(
    connection: Connection, staff: int, place: tuple[str, str], at: datetime
) -> None:
    """Note where a member of staff works: organisation, team."""
    await connection.execute(
        """
        insert into access.member (staff, organisation, team, since) values ($1, $2, $3, $4)
        on conflict (staff) do update set organisation = excluded.organisation,
            team = excluded.team, since = excluded.since
        where (member.organisation, member.team) <> (excluded.organisation, excluded.team)
        """,
        staff,
        *place,
        at,
    )


async def find_place(connection: Connection, staff: int) -> tuple[str, str] | None:
    """Return organisation and team of a member of staff."""
    row = await connection.fetchrow(
        "select organisation, team from access.member where staff = $1", staff
    )
    return None if row is None else (row["organisation"], row["team"])


async def serve(connection: Connection, cell: int, party: int, branch: int, at: datetime) -> None:
    """Let a branch serve a person from now on; 0: none."""
    if branch == 0:
        await connection.execute(
            "delete from access.served_by where cell = $1 and party = $2", cell, party
        )
        return
    await connection.execute(
        """
        insert into access.served_by (cell, party, branch, since) values ($1, $2, $3, $4)
        on conflict (cell, party) do update set branch = excluded.branch, since = excluded.since
        """,
        cell,
        party,
        branch,
        at,
    )


async def find_branch(connection: Connection, cell: int, party: int) -> int:
    """Return the branch that serves a person; 0: none."""
    found = await connection.fetchval(
        "select branch from access.served_by where cell = $1 and party = $2", cell, party
    )
    return int(found or 0)


async def places_of(connection: Connection, staff: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return organisation and team of those members of staff who have a place."""
    rows = await connection.fetch(
        "select staff, organisation, team from access.member where staff = any ($1::int8[])",
        list(staff),
    )
    return {row["staff"]: (row["organisation"], row["team"]) for row in rows}
