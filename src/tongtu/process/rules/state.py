"""Where a case stands inside its process, and what can happen to it. Values only; times are ms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

Facts = Mapping[str, Any]
READY, WAITS, JOINS = 0, 1, 2
CASE = 0  # the scope of what stands in no subprocess
DONE, BROKEN_OFF = "d", "x"


class Token(NamedTuple):
    """Something that is at a node: about to enter it, waiting in it, or waiting for others."""

    id: int
    node: int
    scope: int  # the token of the subprocess around it
    phase: int
    flow: int  # the one it came by; -1: none
    since_ms: int


class Timer(NamedTuple):
    """A clock that runs for a token: its own (node of the token), or a boundary's."""

    token: int
    node: int
    due_ms: int


class State(NamedTuple):
    """A case in its process. Tokens in the order in which they came; no token: it is over."""

    tokens: tuple[Token, ...]
    timers: tuple[Timer, ...]
    next: int
    facts: Facts
    taken: int  # nodes left so far

    @property
    def due_ms(self) -> int | None:
        """When the first clock runs out, or None."""
        return min((timer.due_ms for timer in self.timers), default=None)

    @property
    def is_under_way(self) -> bool:
        """Whether a token could move on by itself: a long way is cut into several commits."""
        return any(token.phase == READY for token in self.tokens)


class Taken(NamedTuple):
    """A node that a token left, whether it was done or broken off, and when it was entered."""

    node: int
    since_ms: int
    how: str


class Walk(NamedTuple):
    """What an event led to. `opened` began to wait, `closed` wait no longer."""

    state: State
    path: tuple[Taken, ...]
    opened: tuple[Token, ...]
    closed: tuple[Token, ...]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A task is finished; its facts are the case's from now on."""

    token: int
    facts: dict[str, Any] = {}


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """A service or rule task ended with a business error, by its code."""

    token: int
    code: str


class Told(msgspec.Struct, frozen=True, tag="told"):
    """A message came; `about` is what it names where the catching element correlates."""

    message: str
    about: str = ""
    facts: dict[str, Any] = {}


class Tick(msgspec.Struct, frozen=True, tag="tick"):
    """Time went by: whatever is due happens."""


class GoOn(msgspec.Struct, frozen=True, tag="go_on"):
    """The next part of a long way."""


class Began(msgspec.Struct, frozen=True, tag="began"):
    """A case was opened with these facts."""

    facts: dict[str, Any] = {}


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """An operator took the case to another version; `nodes`: old id to new, where they differ."""

    version: str
    nodes: dict[str, str] = {}


Happening = Began | Done | Failed | Told | Tick | GoOn
EMPTY = State((), (), 1, {}, 0)
_ENCODER, _STATE = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(State)
_HAPPENED = msgspec.json.Decoder(list[Began | Done | Failed | Told | Tick | GoOn | Moved])


def pack(state: State) -> bytes:
    """Return the state as it is kept."""
    return _ENCODER.encode(state)


def unpack(kept: bytes) -> State:
    """Return a kept state."""
    return _STATE.decode(kept)


def read_happened(text: bytes) -> list[Happening | Moved]:
    """Return what happened in one commit, as it is kept in a case's history."""
    happened: list[Happening | Moved] = _HAPPENED.decode(text)
    return happened


def standing_at(node: int, at_ms: int, facts: Facts | None = None) -> State:
    """Return the state of a case whose one token waits in `node`: as the decision lane keeps it."""
    return State((Token(1, node, CASE, WAITS, -1, at_ms),), (), 2, facts or {}, 0)
