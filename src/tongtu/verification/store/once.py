"""Rows of what is good for one time. Using up is one statement. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection
from tongtu.verification.model import Channel, IdentityCase


@dataclass(frozen=True, slots=True)
class Term:
    """From when to when something is good."""

    start: datetime
    end: datetime


async def issue_challenge(
    connection: Connection, case: IdentityCase, hash_: bytes, actions: Sequence[str], term: Term
) -> None:
    """Write a challenge; those before it that were not answered are over."""
    await connection.execute(
        """
        update verification.challenge set used_at = $3
         where cell = $1 and identity_case = $2 and used_at is null
        """,
        case.cell,
        case.id,
        term.start,
    )
    await connection.execute(
        """
        insert into verification.challenge (cell, hash, identity_case, party, actions, issued_at,
            expires_at) values ($1, $2, $3, $4, $5, $6, $7)
        """,
        case.cell,
        hash_,
        case.id,
        case.party,
        list(actions),
        term.start,
        term.end,
    )


async def use_challenge(
    connection: Connection, case: IdentityCase, hash_: bytes, at: datetime
) -> tuple[str, ...] | None:
    """Use a live challenge of this case up and return its actions; None: there is none such."""
    found = await connection.fetchval(
        """
        update verification.challenge set used_at = $4
         where cell = $1 and hash = $2 and identity_case = $3 and party = $5
           and used_at is null and expires_at > $4
        returning actions
        """,
        case.cell,
        hash_,
        case.id,
        at,
        case.party,
    )
    return None if found is None else tuple(found)


async def claim_frame(
    connection: Connection, cell: int, hash_: bytes, case: int, at: datetime
) -> bool:
    """Note that a frame was looked at; False: it was before."""
    found = await connection.fetchval(
        """
        insert into verification.frame (cell, hash, identity_case, seen_at)
        values ($1, $2, $3, $4) on conflict do nothing returning 1
        """,
        cell,
        hash_,
        case,
        at,
    )
    return found is not None


async def make_resumption(
    connection: Connection,
    case: IdentityCase,
    code: tuple[int, bytes],
    to: Channel,
    term: Term,
) -> None:
    """Write a code (id, hash); those of the case that were not used are over."""
    await connection.execute(
        """
        update verification.resumption set expires_at = $3
         where cell = $1 and identity_case = $2 and used_at is null and expires_at > $3
           and made_at < $3
        """,
        case.cell,
        case.id,
        term.start,
    )
    await connection.execute(
        """
        insert into verification.resumption (cell, id, hash, identity_case, party, to_channel,
            made_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        case.cell,
        code[0],
        code[1],
        case.id,
        case.party,
        to.value,
        term.start,
        term.end,
    )


async def use_resumption(
    connection: Connection,
    cell: int,
    code: tuple[int, bytes],
    by: tuple[int, int | None],
    at: datetime,
) -> tuple[int, Channel] | None:
    """Use a live code up; return case and channel.

    `by`: who uses it, and whose it must be (None: anybody's).
    """
    row = await connection.fetchrow(
        """
        update verification.resumption set used_at = $4, used_by = $5
         where cell = $1 and id = $2 and hash = $3 and used_at is null and expires_at > $4
           and ($6::int8 is null or party = $6)
        returning identity_case, to_channel
        """,
        cell,
        code[0],
        code[1],
        at,
        by[0],
        by[1],
    )
    return None if row is None else (row[0], Channel(row[1]))
