"""The door of the process context: where a case stands, and the steps it took."""

from __future__ import annotations

from tongtu.process.model.case import Case, CaseState, Move, StepTaken
from tongtu.process.personal import NUMBERED
from tongtu.process.store.case import append, find, find_many, history, move, reached

__all__ = [
    "NUMBERED",
    "Case",
    "CaseState",
    "Move",
    "StepTaken",
    "append",
    "find",
    "find_many",
    "history",
    "move",
    "reached",
]
