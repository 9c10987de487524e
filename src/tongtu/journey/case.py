"""A case moves in the commit of what moved it, and only where the table of steps lets it go."""

from __future__ import annotations

from tongtu.journey.steps import ENDS, MOVES, PROCESS_VERSION, Event, Moves, Step, move, moves_of
from tongtu.process.api import LEGACY, CaseState, Graphs, Move, find
from tongtu.process.api import move as take
from tongtu.runtime.api import Connection, Runtime

_VERSIONS = Graphs()
# A version never changes, and neither does its table.
_TABLES: dict[str, Moves] = {PROCESS_VERSION: MOVES, LEGACY: MOVES}


async def step_of(connection: Connection, runtime: Runtime, application: int) -> Step:
    """Return where the case of an application stands; `submitted` before it was decided."""
    case = await find(connection, runtime.cell(application), application)
    return Step(case.step) if case else Step.SUBMITTED


async def move_on(connection: Connection, runtime: Runtime, application: int, event: Event) -> Step:
    """Take the case to where the event leads from its present step, in the caller's commit.

    The case goes by the version it was opened with, whatever a later release has made of it.

    Raises:
        Conflict: the version knows no such move, or the case moved meanwhile.
    """
    case = await find(connection, runtime.cell(application), application)
    origin = Step(case.step) if case else Step.SUBMITTED
    moves = await _moves(connection, case.version if case else PROCESS_VERSION)
    step = move(origin, event, moves)
    state = CaseState.ENDED if step in ENDS else CaseState.ACTIVE
    asked = Move(application, (origin.value,), step.value, state)
    await take(connection, runtime.cell(application), asked, runtime.clock.now())
    return step


async def _moves(connection: Connection, version: str) -> Moves:
    if version not in _TABLES:
        _TABLES[version] = moves_of(await _VERSIONS.of(connection, version))
    return _TABLES[version]
