"""What is asked of the engine, what it answers, and what the calls of tasks are bound to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tongtu.process.rules.state import Happening
from tongtu.runtime.api import Connection

# Facts are numbers, codes and marks; what is larger lies with its own context.
FACTS_BYTES_MAX = 16_384
SYSTEM = 0


class Asked(NamedTuple):
    """Something that happens to a case. With a key it has its effect once, whoever repeats it.

    `version` is the hash of the process of a case that begins; `roles` those of a person who does
    a user task, None for what is no person. A named tuple: ADR 0004.
    """

    cell: int
    case: int
    happening: Happening
    caller: int = SYSTEM
    key: str = ""
    body_hash: bytes = b""
    version: str = ""
    roles: frozenset[str] | None = None
    subject: int | None = None


class Opened(msgspec.Struct, frozen=True):
    """A task that began to wait."""

    token: int
    node: str


class Advanced(msgspec.Struct, frozen=True):
    """Where a case stands after what happened."""

    case: int
    seq: int
    step: str
    state: str
    opened: list[Opened]


class Doing(NamedTuple):
    """What a call is handed: the case, its facts, when, and a key that is the same at each try."""

    cell: int
    case: int
    process: str
    node: str
    facts: Mapping[str, Any]
    key: str
    at: datetime


class BusinessError(Exception):
    """A call ended with what the process knows as an error, by its code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pure:
    """A call that only works something out of the case's facts."""

    call: Callable[[Doing], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Inside:
    """A call whose effect lies in our database: it is part of the commit that advances the case."""

    call: Callable[[Connection, Doing], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Outside:
    """A call to somebody else: made between two commits, tried again under the same key."""

    call: Callable[[Doing], Awaitable[Mapping[str, Any]]]


Bindings = Mapping[str, Pure | Inside | Outside]
