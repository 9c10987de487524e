"""A case and the steps it took: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CaseState(StrEnum):
    """Whether anything can still happen to a case."""

    ACTIVE = "active"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Case:
    """Where a case stands. Its id is the application's; `seq` is the number of steps it took."""

    cell: int
    id: int
    seq: int
    definition: str
    version: str
    step: str
    state: CaseState
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of a case's history."""

    seq: int
    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Take a case to `step`, if it stands at one of `origins` at that moment."""

    instance: int
    origins: tuple[str, ...]
    step: str
    state: CaseState = CaseState.ACTIVE
