"""The SQL of what cases did: their turns, what waits, and the measures of a process by node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tongtu.runtime.api import Connection

# A case of more commits is looked at by hand.
TURNS_MAX = 10_000
LISTED_MAX = 200

_TURNS = """
select turn, at, version, caller, happened, nodes, since_ms, hows from process.advance
where cell = $1 and instance = $2 order by turn limit $3
"""
_TASKS = """
select t.cell, t.instance, t.token, t.node, t.kind, t.version, t.what, t.opened_at, t.due_at,
    t.attempts, i.held_at is not null as is_held
from process.task t join process.instance i on i.cell = t.cell and i.id = t.instance
where t.kind = 'user' and string_to_array(t.what, ' ') && $1::text[]
order by coalesce(t.due_at, t.opened_at), t.instance limit $2
"""
_TASKS_OF = """
select t.cell, t.instance, t.token, t.node, t.kind, t.version, t.what, t.opened_at, t.due_at,
    t.attempts, i.held_at is not null as is_held
from process.task t join process.instance i on i.cell = t.cell and i.id = t.instance
where t.cell = $1 and t.instance = $2 order by t.token, t.node
"""
_WAITING_FOR = """
select t.cell, t.instance from process.task t
where t.cell = $1 and t.kind = 'message' and t.what = $2 and t.about = $3
order by t.instance limit 2
"""
# Nodes of walked cases, and steps of cases that the decision lane opened: one measure for both.
_MEASURES = """
with walked as (
    select n.node, (extract(epoch from a.at) * 1000 - n.since_ms)::float8 as dwell_ms
    from process.advance a join process.instance i on i.cell = a.cell and i.id = a.instance
    cross join lateral unnest(a.nodes, a.since_ms) as n (node, since_ms)
    where i.definition = $1 and a.at >= $2
), steps as (
    select e.cell, e.instance, e.seq, e.step, e.at from process.event e
    join process.instance i on i.cell = e.cell and i.id = e.instance
    where i.definition = $1 and i.opened_at >= $2
    union all
    select i.cell, i.id, 1, i.first_step, i.opened_at from process.instance i
    where i.definition = $1 and i.first_step is not null and i.opened_at >= $2
), stood as (
    select s.step as node, (extract(epoch from lead(s.at) over (
        partition by s.cell, s.instance order by s.seq) - s.at) * 1000)::float8 as dwell_ms
    from steps s
), passed as (
    select w.node, w.dwell_ms from walked w union all select s.node, s.dwell_ms from stood s
), wrong as (
    select o.node, count(*) as incidents from process.incident o
    join process.instance i on i.cell = o.cell and i.id = o.instance
    where i.definition = $1 and o.at >= $2 group by o.node
), waits as (
    select t.node, count(*) as waiting, count(*) filter (where t.due_at < $3) as overdue
    from process.task t join process.instance i on i.cell = t.cell and i.id = t.instance
    where i.definition = $1 group by t.node
)
select coalesce(p.node, w.node, x.node) as node, coalesce(p.passed, 0) as passed,
    p.p50_ms, p.p95_ms, coalesce(p.total_ms, 0) as total_ms,
    coalesce(x.incidents, 0) as incidents, coalesce(w.waiting, 0) as waiting,
    coalesce(w.overdue, 0) as overdue
from (
    select node, count(*) as passed, sum(dwell_ms) as total_ms,
        percentile_cont(0.5) within group (order by dwell_ms) as p50_ms,
        percentile_cont(0.95) within group (order by dwell_ms) as p95_ms
    from passed group by node
) p full join waits w on w.node = p.node full join wrong x on x.node = coalesce(p.node, w.node)
order by total_ms desc, node limit 1000
"""
_CASES = """
select count(*) filter (where i.state = 'ended') as ended,
    count(*) filter (where i.state <> 'ended') as running,
    count(*) filter (where i.promised_at < $3 and i.state <> 'ended') as late,
    count(*) filter (where i.promised_at < i.changed_at and i.state = 'ended') as ended_late,
    count(*) filter (where i.held_at is not null) as suspended
from process.instance i where i.definition = $1 and i.opened_at >= $2
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One commit of a case: what happened, and the nodes it left by it."""

    turn: int
    at: datetime
    version: str
    caller: int
    happened: bytes
    nodes: tuple[str, ...]
    since_ms: tuple[int, ...]
    hows: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that a case waits for. `what`: roles, the name of a call, or of a message."""

    cell: int
    case: int
    token: int
    node: str
    kind: str
    version: str
    what: str
    opened_at: datetime
    due_at: datetime | None
    attempts: int
    is_held: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """How a node did: how often it was left, how long a case stood there, what went wrong."""

    node: str
    passed: int
    p50_ms: float | None
    p95_ms: float | None
    total_ms: float
    incidents: int
    waiting: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Measures:
    """A process in figures; the first node is the one that cost its cases most time."""

    ended: int
    running: int
    late: int
    ended_late: int
    suspended: int
    nodes: tuple[Measure, ...]

    @property
    def costliest(self) -> str | None:
        """Return the node where cases stood longest in all, or None: they stood nowhere."""
        first = self.nodes[0] if self.nodes else None
        return first.node if first and first.total_ms > 0 else None


async def read_turns(connection: Connection, cell: int, case: int) -> tuple[Turn, ...]:
    """Return a case's commits, first to last."""
    rows = await connection.fetch(_TURNS, cell, case, TURNS_MAX)
    return tuple(
        Turn(**{**dict(row), "nodes": tuple(row["nodes"]), "since_ms": tuple(row["since_ms"])})
        for row in rows
    )


async def tasks_for(connection: Connection, roles: Sequence[str]) -> tuple[Waiting, ...]:
    """Return what waits for persons of these roles, the first due first; at most 200."""
    rows = await connection.fetch(_TASKS, list(roles), LISTED_MAX)
    return tuple(Waiting(*row) for row in rows)


async def tasks_of(connection: Connection, cell: int, case: int) -> tuple[Waiting, ...]:
    """Return what a case waits for."""
    return tuple(Waiting(*row) for row in await connection.fetch(_TASKS_OF, cell, case))


async def waiting_for(
    connection: Connection, cell: int, message: str, about: str
) -> tuple[int, ...]:
    """Return the cases that wait for a message about this: none, one, or two of too many."""
    rows = await connection.fetch(_WAITING_FOR, cell, message, about)
    return tuple(row["instance"] for row in rows)


async def measure(connection: Connection, key: str, since: datetime, now: datetime) -> Measures:
    """Return a process in figures: of cases that moved, or began, since then. Reads all cells."""
    rows = await connection.fetch(_MEASURES, key, since, now)
    counts = await connection.fetchrow(_CASES, key, since, now)
    assert counts is not None
    return Measures(**dict(counts), nodes=tuple(Measure(*row) for row in rows))
