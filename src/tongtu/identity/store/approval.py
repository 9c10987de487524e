"""Rows of approvals: each change of state is one guarded statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtu.identity.model import Approval
from tongtu.runtime.api import Connection

_COLUMNS = "id, operation, subject, body, state, maker, checker"
# Reads all cells: what waits for a second person of the house.
_WAITING = """
select id, operation, maker, proposed_at, expires_at from identity.approval
where state = 'proposed' and expires_at > $1 and id > $2 order by id limit $3
"""

# Both read all cells: one department's work, a few rows.
_WAITING_OF = """
select id, operation, maker, proposed_at, expires_at from identity.approval
where state = 'proposed' and operation = any ($1::text[]) and expires_at > $2
order by proposed_at, id limit $3
"""
_FIGURES = """
select count(*) filter (where state = 'proposed' and expires_at > $2)::int,
    min(proposed_at) filter (where state = 'proposed' and expires_at > $2),
    count(*) filter (where decided_at >= $3 and state in ('approved', 'spent'))::int,
    count(*) filter (where decided_at >= $3 and state = 'rejected')::int,
    count(*) filter (where state = 'proposed' and expires_at <= $2 and expires_at >= $3)::int,
    coalesce(percentile_disc(.5) within group (
        order by extract(epoch from decided_at - proposed_at)
    ) filter (where decided_at >= $3), 0)::int
from identity.approval where operation = any ($1::text[])
"""


# Of all cells, newest first: ids grow with time. The house's own deeds, some thousand rows a year.
_DEEDS = """
select id, operation, subject, body, state, maker, checker, proposed_at, decided_at, reason
  from identity.approval
 where ($1::text is null or operation = $1) and ($2::text is null or state = $2)
   and ($3::int8 is null or maker = $3 or checker = $3) and id < $4
 order by id desc limit $5
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something proposed, by whom, and what a second person made of it."""

    id: int
    operation: str
    subject: int
    body: bytes
    state: str
    maker: int
    checker: int | None
    proposed_at: datetime
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class DeedsSought:
    """Of which kind, in which state, proposed or decided by whom; None: any."""

    operation: str | None = None
    state: str | None = None
    staff: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """A department's work: what waits now, and what became of proposals in the last days."""

    waiting: int
    oldest_at: datetime | None
    allowed: int
    refused: int
    expired: int
    median_s: int  # from proposal to decision; 0: none was decided


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that nobody has decided: what kind, whose, since when and until when."""

    id: int
    operation: str
    maker: int
    proposed_at: datetime
    expires_at: datetime


async def write_approval(
    connection: Connection,
    cell: int,
    approval: Approval,
    body_hash: bytes,
    times: tuple[datetime, datetime],
) -> None:
    """Write a proposal; `times` are when it was made and when it ends."""
    await connection.execute(
        """
        insert into identity.approval
            (cell, id, operation, subject, body, body_hash, state, maker, proposed_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        cell,
        approval.id,
        approval.operation,
        approval.subject,
        approval.body,
        body_hash,
        approval.state,
        approval.maker,
        *times,
    )


async def decide_approval(
    connection: Connection,
    cell: int,
    identifier: int,
    verdict: tuple[str, str | None, int],
    at: datetime,
) -> Approval | None:
    """Set state, reason and checker, who is not the maker; None when that does not apply."""
    row = await connection.fetchrow(
        f"""
        update identity.approval set state = $3, reason = $4, checker = $5, decided_at = $6
        where cell = $1 and id = $2 and state = 'proposed' and maker <> $5 and expires_at > $6
        returning {_COLUMNS}
        """,
        cell,
        identifier,
        *verdict,
        at,
    )
    return Approval(**dict(row)) if row else None


async def spend_approval(
    connection: Connection,
    cell: int,
    identifier: int,
    content: tuple[str, int, bytes],
    at: datetime,
) -> bool:
    """Use an approved proposal once, for exactly its operation, subject and body hash."""
    tag = await connection.execute(
        """
        update identity.approval set state = 'spent', spent_at = $6
        where cell = $1 and id = $2 and operation = $3 and subject = $4 and body_hash = $5
            and state = 'approved' and expires_at > $6
        """,
        cell,
        identifier,
        *content,
        at,
    )
    return bool(tag == "UPDATE 1")


async def list_waiting(
    connection: Connection, at: datetime, page: tuple[int, int]
) -> list[Waiting]:
    """Return what waits for a decision, by id; `page` is after which id, and how many."""
    return [Waiting(**dict(row)) for row in await connection.fetch(_WAITING, at, *page)]


async def find_approval(connection: Connection, cell: int, identifier: int) -> Approval | None:
    """Return an approval."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from identity.approval where cell = $1 and id = $2", cell, identifier
    )
    return Approval(**dict(row)) if row else None


async def find_figures(
    connection: Connection, operations: Sequence[str], at: datetime, since: datetime
) -> Figures:
    """Return how much of these kinds waits, and what became of those decided since."""
    row = await connection.fetchrow(_FIGURES, list(operations), at, since)
    assert row is not None
    return Figures(*row)


async def list_waiting_of(
    connection: Connection, operations: Sequence[str], at: datetime, limit: int
) -> list[Waiting]:
    """Return the oldest proposals of these kinds that nobody has decided."""
    rows = await connection.fetch(_WAITING_OF, list(operations), at, limit)
    return [Waiting(*row) for row in rows]


async def list_deeds(
    connection: Connection, sought: DeedsSought, before: int, limit: int
) -> list[Deed]:
    """Return what was proposed, newest first, of ids below `before`."""
    asked = sought.operation, sought.state, sought.staff
    return [Deed(*row) for row in await connection.fetch(_DEEDS, *asked, before, limit)]
