"""Rows of approvals: each change of state is one guarded statement."""

from __future__ import annotations

from datetime import datetime

from tongtu.identity.model import Approval
from tongtu.runtime.api import Connection

_COLUMNS = "id, operation, subject, body, state, maker, checker"


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
    connection: Connection, cell: int, identifier: int, verdict: tuple[str, int], at: datetime
) -> Approval | None:
    """Set the state by a checker who is not the maker; None when that does not apply."""
    row = await connection.fetchrow(
        f"""
        update identity.approval set state = $3, checker = $4, decided_at = $5
        where cell = $1 and id = $2 and state = 'proposed' and maker <> $4 and expires_at > $5
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


async def find_approval(connection: Connection, cell: int, identifier: int) -> Approval | None:
    """Return an approval."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from identity.approval where cell = $1 and id = $2", cell, identifier
    )
    return Approval(**dict(row)) if row else None
