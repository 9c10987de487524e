"""A lender's promise as a row; each move is one guarded statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from tongtu.funding.model import (
    MOVES,
    Commitment,
    CommitmentState,
    LenderDecision,
    Reservation,
)
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.kernel.ids import ApplicationId, LenderId, ProgramId
from tongtu.runtime.api import Connection

_COLUMNS = "id, application, program, lender, amount_minor, day, state, policy_hash, decided_at"
_INSERT = """
insert into funding.commitment
    (cell, id, application, program, lender, amount_minor, day, state, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, 'reserved', $8)
on conflict do nothing
"""
_FIND = f"select {_COLUMNS} from funding.commitment where cell = $1 and id = $2"
_MOVE = f"""
update funding.commitment
   set state = $4, changed_at = $5, policy_hash = coalesce($6, policy_hash),
       decided_at = coalesce($7, decided_at)
 where cell = $1 and id = $2 and state = any ($3::text[])
returning {_COLUMNS}
"""
_COMMIT_AGAIN = f"""
update funding.commitment set state = 'committed', day = $3, changed_at = $4
 where cell = $1 and id = $2 and day <= $3 and state = 'released' and policy_hash is not null
returning {_COLUMNS}
"""


async def insert(connection: Connection, cell: int, new: Reservation, at: datetime) -> Commitment:
    """Write the reservation once; the same one again finds what became of it.

    Raises:
        Conflict: the id or the application is taken by another reservation.
    """
    await connection.execute(
        _INSERT,
        cell,
        new.id,
        new.application,
        new.program,
        new.lender,
        new.amount_minor,
        new.day,
        at,
    )
    try:
        found = await find(connection, cell, new.id)
    except NotFound:
        raise Conflict("this application has another commitment") from None
    if found.reservation != new:
        raise Conflict("this commitment was made for something else")
    return found


async def find(connection: Connection, cell: int, commitment: int) -> Commitment:
    """Return the commitment. Raises NotFound."""
    row = await connection.fetchrow(_FIND, cell, commitment)
    if row is None:
        raise NotFound("no such commitment")
    return _read(row)


@dataclass(frozen=True, slots=True)
class Move:
    """Where a commitment goes, when, and by which decision of its lender."""

    to: CommitmentState
    at: datetime
    decision: LenderDecision | None = None


async def move(
    connection: Connection, cell: int, commitment: int, move: Move
) -> tuple[Commitment, bool]:
    """Move to a state that MOVES allows; return the commitment and whether it moved just now.

    Raises:
        NotFound: there is no such commitment.
        Conflict: it stands where no way leads there.
    """
    to, decision = move.to, move.decision
    sources = [state.value for state, allowed in MOVES.items() if to in allowed]
    row = await connection.fetchrow(
        _MOVE,
        cell,
        commitment,
        sources,
        to.value,
        move.at,
        decision and decision.policy_hash,
        decision and decision.decided_at,
    )
    if row is not None:
        return _read(row), True
    found = await find(connection, cell, commitment)
    if found.state is not to or (decision is not None and found.decision != decision):
        raise Conflict(f"a {found.state} commitment cannot become {to}")
    return found, False


async def commit_again(
    connection: Connection, cell: int, commitment: int, day: date, at: datetime
) -> Commitment:
    """Take up a promise that was let go, on the day's quota.

    Raises:
        Conflict: it was not let go, is of a later day, or its lender never said yes.
    """
    row = await connection.fetchrow(_COMMIT_AGAIN, cell, commitment, day, at)
    if row is None:
        raise Conflict("this promise cannot be taken up again", code="wrong_step")
    return _read(row)


def _read(row: asyncpg.Record) -> Commitment:
    policy_hash = row["policy_hash"]
    return Commitment(
        reservation=Reservation(
            id=row["id"],
            application=ApplicationId(row["application"]),
            program=ProgramId(row["program"]),
            lender=LenderId(row["lender"]),
            amount_minor=row["amount_minor"],
            day=row["day"],
        ),
        state=CommitmentState(row["state"]),
        decision=None if policy_hash is None else LenderDecision(policy_hash, row["decided_at"]),
    )
