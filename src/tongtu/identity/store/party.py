"""Rows of parties and of the handles (phone, resident id) that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class Handle:
    """A blind index that leads to one party; it lies in the cell of its own hash."""

    cell: int
    kind: str
    blind: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose a handle is, and whether this call made it so."""

    party: int
    is_new: bool


async def claim_handle(connection: Connection, handle: Handle, party: int, at: datetime) -> Claim:
    """Give the handle to `party` unless somebody has it already."""
    row = await connection.fetchrow(
        """
        insert into identity.handle as held (cell, kind, blind, party, claimed_at)
        values ($1, $2, $3, $4, $5)
        on conflict (cell, kind, blind) do update set party = held.party
        returning held.party, held.xmax = 0 as is_new
        """,
        handle.cell,
        handle.kind,
        handle.blind,
        party,
        at,
    )
    assert row is not None  # written or read, one of the two
    return Claim(row["party"], row["is_new"])


async def release_handle(connection: Connection, handle: Handle, party: int) -> None:
    """Take back a claim whose party did not come to be."""
    await connection.execute(
        "delete from identity.handle where cell = $1 and kind = $2 and blind = $3 and party = $4",
        handle.cell,
        handle.kind,
        handle.blind,
        party,
    )


async def find_handle(connection: Connection, handle: Handle) -> int | None:
    """Return the party a handle leads to."""
    party: int | None = await connection.fetchval(
        "select party from identity.handle where cell = $1 and kind = $2 and blind = $3",
        handle.cell,
        handle.kind,
        handle.blind,
    )
    return party


async def open_party(connection: Connection, cell: int, party: int, at: datetime) -> None:
    """Write the party row if it is not there yet."""
    await connection.execute(
        """
        insert into identity.party (cell, id, opened_at) values ($1, $2, $3)
        on conflict (cell, id) do nothing
        """,
        cell,
        party,
        at,
    )


async def open_merchant(connection: Connection, cell: int, party: int, at: datetime) -> None:
    """Write the party row of a merchant."""
    await connection.execute(
        "insert into identity.party (cell, id, kind, opened_at) values ($1, $2, 'merchant', $3)",
        cell,
        party,
        at,
    )


async def mark_identified(connection: Connection, cell: int, party: int, adult_on: date) -> bool:
    """Record that the party is identified; False when it already is, or is not open."""
    tag = await connection.execute(
        """
        update identity.party set is_identified = true, adult_on = $3
        where cell = $1 and id = $2 and state = 'open' and not is_identified
        """,
        cell,
        party,
        adult_on,
    )
    return bool(tag == "UPDATE 1")


async def note_adult_on(connection: Connection, cell: int, party: int, adult_on: date) -> None:
    """Write the day of the 18th birthday that follows from a resident id that was put right."""
    await connection.execute(
        "update identity.party set adult_on = $3 where cell = $1 and id = $2",
        cell,
        party,
        adult_on,
    )


async def is_identified(connection: Connection, cell: int, party: int) -> bool:
    """Return whether the party has shown who it is."""
    return bool(
        await connection.fetchval(
            "select is_identified from identity.party where cell = $1 and id = $2", cell, party
        )
    )


async def adult_on(connection: Connection, cell: int, party: int) -> date | None:
    """Return the day of a party's 18th birthday; None: not identified, or no such party."""
    found: date | None = await connection.fetchval(
        "select adult_on from identity.party where cell = $1 and id = $2", cell, party
    )
    return found


async def is_open(connection: Connection, cell: int, party: int) -> bool:
    """Return whether the party exists and is not erased."""
    state = await connection.fetchval(
        "select state from identity.party where cell = $1 and id = $2", cell, party
    )
    return bool(state == "open")
