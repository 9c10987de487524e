"""The door of the process context: cases and their steps, process files, and the engine."""

from __future__ import annotations

from tongtu.process.flow.calls import make_calls
from tongtu.process.flow.engine import BATCH_MAX, LEGACY, Engine
from tongtu.process.flow.graphs import Graphs
from tongtu.process.flow.operator import migrate_case, resume, suspend, try_again
from tongtu.process.flow.story import Visit, replay, visits
from tongtu.process.model.asked import (
    Advanced,
    Asked,
    Bindings,
    BusinessError,
    Doing,
    Inside,
    Opened,
    Outside,
    Pure,
)
from tongtu.process.model.case import Case, CaseState, Move, StepTaken
from tongtu.process.personal import NUMBERED
from tongtu.process.rules.compiler import compile_process
from tongtu.process.rules.fault import BadProcess
from tongtu.process.rules.graph import Graph, Kind, Node
from tongtu.process.rules.state import (
    Began,
    Done,
    Happening,
    Moved,
    State,
    Told,
    standing_at,
)
from tongtu.process.rules.walker import NotWaiting, Stuck, begin, walk
from tongtu.process.store.case import append, find, find_many, history, move, reached
from tongtu.process.store.definition import (
    Definition,
    definitions,
    in_force,
    publish,
    save,
    source_of,
)
from tongtu.process.store.story import (
    Measure,
    Measures,
    Turn,
    Waiting,
    measure,
    read_turns,
    tasks_for,
    tasks_of,
    waiting_for,
)

__all__ = [
    "BATCH_MAX",
    "LEGACY",
    "NUMBERED",
    "Advanced",
    "Asked",
    "BadProcess",
    "Began",
    "Bindings",
    "BusinessError",
    "Case",
    "CaseState",
    "Definition",
    "Doing",
    "Done",
    "Engine",
    "Graph",
    "Graphs",
    "Happening",
    "Inside",
    "Kind",
    "Measure",
    "Measures",
    "Move",
    "Moved",
    "Node",
    "NotWaiting",
    "Opened",
    "Outside",
    "Pure",
    "State",
    "StepTaken",
    "Stuck",
    "Told",
    "Turn",
    "Visit",
    "Waiting",
    "append",
    "begin",
    "compile_process",
    "definitions",
    "find",
    "find_many",
    "history",
    "in_force",
    "make_calls",
    "measure",
    "migrate_case",
    "move",
    "publish",
    "reached",
    "read_turns",
    "replay",
    "resume",
    "save",
    "source_of",
    "standing_at",
    "suspend",
    "tasks_for",
    "tasks_of",
    "try_again",
    "visits",
    "waiting_for",
    "walk",
]
