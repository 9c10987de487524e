"""A compiled process: nodes by number, flows, who waits where. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tongtu.process.rules.condition import Test

ROOT = -1


class Kind(StrEnum):
    """What a node does with a token."""

    START = "start"
    END = "end"
    TERMINATE = "terminate"
    ERROR_END = "error_end"
    PASS = "pass"  # noqa: S105 - a task or event that only marks that the token came by
    USER = "user"
    SERVICE = "service"
    RULE = "rule"
    MESSAGE = "message"
    TIMER = "timer"
    EXCLUSIVE = "exclusive"
    PARALLEL = "parallel"
    INCLUSIVE = "inclusive"
    SUBPROCESS = "subprocess"
    BOUNDARY_TIMER = "boundary_timer"
    BOUNDARY_ERROR = "boundary_error"
    BOUNDARY_MESSAGE = "boundary_message"


# Where a token stays until something comes from outside, or until its inside is over.
WAITING = frozenset({Kind.USER, Kind.SERVICE, Kind.RULE, Kind.MESSAGE, Kind.TIMER, Kind.SUBPROCESS})
BOUNDARIES = frozenset({Kind.BOUNDARY_TIMER, Kind.BOUNDARY_ERROR, Kind.BOUNDARY_MESSAGE})


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow, by its number; `test` is None where the flow is unconditional."""

    index: int
    id: str
    target: int
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class When:
    """When a timer is due: seconds after it was armed, an instant (ms since 1970), or a fact's."""

    after_s: int | None = None
    at_ms: int | None = None
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a task asks for: who or what does it, until when, how often it is tried."""

    roles: tuple[str, ...] = ()
    due_s: int | None = None
    call: str = ""
    attempts_max: int = 5
    backoff_s: int = 30


@dataclass(frozen=True, slots=True)
class Node:
    """One element. `parent` is the subprocess it stands in; `host` what a boundary hangs on."""

    index: int
    id: str
    name: str
    kind: Kind
    line: int
    parent: int = ROOT
    waits: bool = False  # its kind is one of WAITING, looked up once
    outs: tuple[Flow, ...] = ()
    ins: tuple[int, ...] = ()  # the numbers of the incoming flows
    default: int | None = None  # position in `outs`
    host: int = ROOT
    is_interrupting: bool = True
    boundaries: tuple[int, ...] = ()
    start: int = ROOT  # of a subprocess: its start
    message: str = ""
    correlate: str = ""  # the fact whose value a message must name
    error: str = ""  # code; empty on a boundary: any
    when: When | None = None
    work: Work = field(default=Work())


@dataclass(frozen=True, slots=True)
class Graph:
    """A process that can be walked. `feeds`: who can still reach each flow of an inclusive join."""

    key: str
    name: str
    hash: str
    nodes: tuple[Node, ...]
    start: int
    by_id: Mapping[str, int]
    feeds: Mapping[int, tuple[frozenset[int], ...]]
    due_s: int | None = None  # how long a case may take

    def node(self, identifier: str) -> Node | None:
        """Return the node of this id, or None."""
        index = self.by_id.get(identifier)
        return None if index is None else self.nodes[index]

    def calls(self) -> frozenset[str]:
        """Return what service and rule tasks call, by name."""
        tasks = {Kind.SERVICE, Kind.RULE}
        return frozenset(node.work.call for node in self.nodes if node.kind in tasks)
