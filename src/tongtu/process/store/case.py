"""The SQL of cases. Callers own the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.process.model.case import Case, CaseState, Move, StepTaken
from tongtu.runtime.api import Connection

ORIGINATION = "origination"
# A person reads a history; a case that took more steps than this is looked at by hand.
HISTORY_MAX = 1_000

_APPEND = "SELECT process.append_batch($1, $2, $3, $4, $5, $6, $7)"
_FIND = """
SELECT cell, id, seq, definition, version, step, state, opened_at, changed_at
FROM process.instance WHERE cell = $1 AND id = ANY ($2)
"""
_HISTORY = """
SELECT seq, step, at FROM process.step_taken
WHERE cell = $1 AND instance = $2 ORDER BY seq LIMIT $3
"""
_MOVE = """
WITH moved AS (
    UPDATE process.instance SET seq = seq + 1, step = $4, state = $5, changed_at = $6
    WHERE cell = $1 AND id = $2 AND step = ANY ($3) RETURNING seq
)
INSERT INTO process.event (cell, instance, seq, step, at)
SELECT $1, $2, seq, $4, $6 FROM moved RETURNING seq
"""
# Reads all cells: the funnel of the whole house.
_REACHED = """
SELECT e.step, count(DISTINCT (e.cell, e.instance)) AS cases
FROM process.step_taken e JOIN process.instance i ON i.cell = e.cell AND i.id = e.instance
WHERE i.definition = $1 GROUP BY e.step
"""
_HOLD = "UPDATE process.instance SET held_at = $3 WHERE cell = $1 AND id = $2"


async def hold(connection: Connection, cell: int, case: int, at: datetime | None) -> None:
    """Stop a case from now on; None lets it go on."""
    await connection.execute(_HOLD, cell, case, at)


async def append(  # noqa: PLR0913 - one row of the case table and when; all plain values
    connection: Connection,
    cell: int,
    instances: Sequence[int],
    steps: Sequence[str],
    at: datetime,
    *,
    definition: str = ORIGINATION,
    version: str = "1",
    states: Sequence[CaseState] | None = None,
) -> None:
    """Take cases to their next steps, in the order given; open those that are new.

    Asks for no present step: the caller knows it, because its own commit decides the case.
    """
    if len(steps) != len(instances) or (states is not None and len(states) != len(instances)):
        raise ValueError("each case needs one step (and one state, when states are given)")
    names = None if states is None else [state.value for state in states]
    await connection.execute(
        _APPEND,
        cell,
        list(instances),
        definition,
        version,
        [str(step) for step in steps],
        at,
        names,
    )


async def move(connection: Connection, cell: int, asked: Move, at: datetime) -> int:
    """Take a case to a step if it stands where the move begins; return its new seq.

    Raises:
        NotFound: no such case in the cell.
        Conflict: the case stands at another step. Nothing has changed.
    """
    taken: int | None = await connection.fetchval(
        _MOVE, cell, asked.instance, list(asked.origins), asked.step, asked.state.value, at
    )
    if taken is not None:
        return taken
    case = await find(connection, cell, asked.instance)
    if case is None:
        raise NotFound("no such case")
    raise Conflict(f"the case stands at {case.step}", code="wrong_step")


async def find(connection: Connection, cell: int, instance: int) -> Case | None:
    """Return the case, or None when the cell has no such case."""
    return (await find_many(connection, cell, [instance])).get(instance)


async def find_many(connection: Connection, cell: int, instances: Sequence[int]) -> dict[int, Case]:
    """Return the cases that exist, by id."""
    rows = await connection.fetch(_FIND, cell, list(instances))
    return {
        row["id"]: Case(**{**dict(row.items()), "state": CaseState(row["state"])}) for row in rows
    }


async def history(connection: Connection, cell: int, instance: int) -> tuple[StepTaken, ...]:
    """Return the steps a case took, first to last; empty when there is no such case."""
    rows = await connection.fetch(_HISTORY, cell, instance, HISTORY_MAX)
    return tuple(StepTaken(*row) for row in rows)


async def reached(connection: Connection, definition: str = ORIGINATION) -> dict[str, int]:
    """Return how many cases have ever reached each step."""
    return {row["step"]: row["cases"] for row in await connection.fetch(_REACHED, definition)}
