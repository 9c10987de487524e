"""A case's history, and its proof: what happened, walked again, leads to where the case stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tongtu.kernel.errors import Broken, NotFound
from tongtu.process.flow.graphs import Graphs
from tongtu.process.rules.migration import migrated
from tongtu.process.rules.state import EMPTY, Moved, State, Taken, pack, read_happened
from tongtu.process.rules.walker import walk
from tongtu.process.store.story import Turn, read_turns
from tongtu.process.store.walk import EPOCH, kept_walk
from tongtu.runtime.api import Connection


@dataclass(frozen=True, slots=True)
class Visit:
    """A node that a case left: when it was entered and left, and whether it was done."""

    node: str
    entered_ms: int
    left_at: datetime
    is_done: bool
    turn: int


def visits(turns: tuple[Turn, ...]) -> tuple[Visit, ...]:
    """Return the nodes a case left, in order."""
    return tuple(
        Visit(node, since_ms, turn.at, how == "d", turn.turn)
        for turn in turns
        for node, since_ms, how in zip(turn.nodes, turn.since_ms, turn.hows, strict=True)
    )


async def replay(connection: Connection, graphs: Graphs, cell: int, case: int) -> State:
    """Walk a case's whole history again, turn by turn, and return the state that it leads to.

    Raises:
        NotFound: the case has no history here.
        Broken: the way it took, or where it stands, is not what its history leads to.
    """
    turns = await read_turns(connection, cell, case)
    if not turns:
        raise NotFound("no such case was walked")
    graph = await graphs.of(connection, turns[0].version)
    state = EMPTY
    for turn in turns:
        at_ms = (turn.at - EPOCH) // timedelta(milliseconds=1)
        path: list[Taken] = []
        for happening in read_happened(turn.happened):
            if isinstance(happening, Moved):
                new = await graphs.of(connection, happening.version)
                state, graph = migrated(graph, new, state, happening.nodes, at_ms), new
            else:
                walked = walk(graph, state, happening, at_ms)
                state = walked.state
                path += walked.path
        taken = tuple(graph.nodes[one.node].id for one in path)
        if (taken, "".join(one.how for one in path)) != (turn.nodes, turn.hows):
            raise Broken(f"turn {turn.turn} of a case is not what its history leads to")
    if pack(state) != await kept_walk(connection, cell, case):
        raise Broken("a case stands elsewhere than its history leads to")
    return state
