"""The processes of this house: what is shipped, what is published, and the clock that runs them."""

from __future__ import annotations

from typing import Protocol

from tongtu.journey.process_calls import BY_THE_LANE, CALLS
from tongtu.journey.steps import DEFINITION, ORIGINATION
from tongtu.kernel.errors import Conflict
from tongtu.process.api import (
    BadProcess,
    Engine,
    Graph,
    compile_process,
    in_force,
    make_calls,
    publish,
    save,
)
from tongtu.runtime.api import Background, Runtime
from tongtu.tables.api import shipped_folder

# A clock of a case is of hours and days; a call that waits for nobody is made within this.
EVERY_S = 1.0
SHIPPED_BY = 0


class HasProcesses(Protocol):
    """What asking the engine needs of the running platform."""

    @property
    def runtime(self) -> Runtime: ...

    @property
    def processes(self) -> Engine: ...


class ProcessClock(Background):
    """Rings the clocks of cases and makes their calls; several of them share the work by locks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        super().__init__("process clock", self.step, EVERY_S)

    async def step(self) -> int:
        """Do all that is due now; return how many cases and calls that were."""
        done = 0
        while some := await self._engine.tick() + await make_calls(self._engine):
            done += some
        return done


def check_calls(graph: Graph) -> None:
    """Refuse a file that calls what nobody does.

    Raises:
        BadProcess: names the element and its line.
    """
    known = CALLS | (BY_THE_LANE if graph.key == DEFINITION else frozenset())
    for node in graph.nodes:
        if node.work.call and node.work.call not in known:
            raise BadProcess(
                f"nothing here does {node.work.call!r}; known: {', '.join(sorted(known))}",
                element=f"{node.kind} {node.id}",
                line=node.line,
            )


def check_publishable(graph: Graph) -> None:
    """Refuse what a release alone may change. Raises BadProcess, Conflict."""
    check_calls(graph)
    if graph.key == DEFINITION and graph.hash != ORIGINATION.hash:
        raise Conflict(
            "the order of origination comes with a release: its steps are code as well",
            code="process_of_release",
        )


async def seed_processes(runtime: Runtime) -> None:
    """Keep the shipped files, and put in force those of which none is yet; safe to repeat.

    Origination is in force as it is shipped; every other stays as two persons last published it.

    Raises:
        BadProcess: a shipped file cannot be run.
    """
    now = runtime.clock.now()
    async with runtime.database.transaction() as connection:
        for file in sorted(shipped_folder("bpmn").glob("*.bpmn")):
            source = file.read_bytes()
            graph = compile_process(source)
            check_calls(graph)
            await save(connection, graph, source, SHIPPED_BY, now)
            stands = await in_force(connection, graph.key)
            if stands is None or (graph.key == DEFINITION and stands != graph.hash):
                await publish(connection, graph, (SHIPPED_BY, SHIPPED_BY), now)
