"""Keys that lenders sign by: written once, ended, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection

_INSERT = """
insert into funding.lender_key (lender, key, public, approval, valid_from)
values ($1, $2, $3, $4, $5) on conflict (lender, key) do nothing
"""
_END = """
update funding.lender_key set valid_to = greatest(valid_from, $3)
 where lender = $1 and key <> $2 and (valid_to is null or valid_to > $3)
"""
_VALID = """
select key, public from funding.lender_key
 where lender = $1 and valid_from <= $2 and (valid_to is null or valid_to > $2)
"""
_LIST = """
select lender, key, public, valid_from, valid_to from funding.lender_key
 where $1::int2 is null or lender = $1 order by lender, valid_from desc, key limit $2
"""


@dataclass(frozen=True, slots=True)
class LenderKey:
    """One public key of a lender and when it holds."""

    lender: int
    key: str
    public: bytes
    valid_from: datetime
    valid_to: datetime | None


async def insert(connection: Connection, new: LenderKey, approval: int) -> bool:
    """Write a key; False when the lender has it already, ended or not."""
    done = await connection.execute(
        _INSERT, new.lender, new.key, new.public, approval, new.valid_from
    )
    return bool(done == "INSERT 0 1")


async def end_others(connection: Connection, lender: int, key: str, at: datetime) -> None:
    """Let every other key of the lender end at an instant, unless it ends before."""
    await connection.execute(_END, lender, key, at)


async def valid(connection: Connection, lender: int, at: datetime) -> dict[str, bytes]:
    """Return the keys that hold at an instant, by name."""
    rows = await connection.fetch(_VALID, lender, at)
    return {row["key"]: row["public"] for row in rows}


async def page(connection: Connection, lender: int | None, limit: int) -> list[LenderKey]:
    """Return the keys of one lender or of all, the newest of each first."""
    return [LenderKey(**dict(row)) for row in await connection.fetch(_LIST, lender, limit)]


async def paper_generations(connection: Connection) -> dict[str, int]:
    """Return the newest generation of each house whose paper key was ever renewed."""
    rows = await connection.fetch(
        "select house, max(generation) as generation from funding.paper_key group by house"
    )
    return {row["house"]: row["generation"] for row in rows}


async def renew_paper_key(connection: Connection, house: str, approval: int, at: datetime) -> int:
    """Write the next generation of a house's paper key and return it."""
    return int(
        await connection.fetchval(
            """
            insert into funding.paper_key (house, generation, approval, at)
            select $1, coalesce(max(generation), 1) + 1, $2, $3
            from funding.paper_key where house = $1
            returning generation
            """,
            house,
            approval,
            at,
        )
    )
