"""A case moves in the commit of what moved it, and only where the table of steps lets it go."""

from __future__ import annotations

from tongtu.journey.steps import ENDS, Event, Step, move
from tongtu.process.api import CaseState, Move, find
from tongtu.process.api import move as take
from tongtu.runtime.api import Connection, Runtime


async def step_of(connection: Connection, runtime: Runtime, application: int) -> Step:
    """Return where the case of an application stands; `submitted` before it was decided."""
    case = await find(connection, runtime.cell(application), application)
    return Step(case.step) if case else Step.SUBMITTED


async def move_on(connection: Connection, runtime: Runtime, application: int, event: Event) -> Step:
    """Take the case to where the event leads from its present step, in the caller's commit.

    Raises:
        Conflict: the table of steps knows no such move, or the case moved meanwhile.
    """
    origin = await step_of(connection, runtime, application)
    step = move(origin, event)
    state = CaseState.ENDED if step in ENDS else CaseState.ACTIVE
    asked = Move(application, (origin.value,), step.value, state)
    await take(connection, runtime.cell(application), asked, runtime.clock.now())
    return step
