"""The SQL of walked cases: a batch is read and locked by one statement and written by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tongtu.process.model.asked import Asked
from tongtu.process.rules.graph import Graph, Kind, Node
from tongtu.process.rules.state import State, Taken, Token, pack
from tongtu.runtime.api import Connection

OPERATION = "process"
MS = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Each row is looked up by its key, and locked in the order of the numbers.
_LOCK = """
select i.id, i.definition, i.version, i.seq, i.turns, i.step, i.state, i.walk, i.held_at,
    i.changed_at, i.promised_at
from unnest($2::bigint[]) as a (id) cross join lateral (
    select * from process.instance o where o.cell = $1 and o.id = a.id for update
) i
"""
_DUE = """
select i.cell, i.id from process.instance i
where i.due_at <= $1 and i.held_at is null order by i.due_at limit $2 for update skip locked
"""
_WALK = "select walk from process.instance where cell = $1 and id = $2"
_FOUND = "select n, body_hash, answer from runtime.command_find($1, $2, $3, $4)"
_KEPT = "select runtime.command_batch($1, $2, $3, $4, $5, $6, $7)"
_WRITE = """
select process.walk_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
    $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)
"""


class Row(NamedTuple):
    """A case as it was found and locked; `walk` is None for one that the decision lane opened."""

    id: int
    definition: str
    version: str
    seq: int
    turns: int
    step: str
    state: str
    walk: bytes | None
    held_at: datetime | None
    changed_at: datetime
    promised_at: datetime | None


class Change(NamedTuple):
    """What one commit does to a case."""

    id: int
    graph: Graph
    before: Row | None
    state: State
    path: Sequence[Taken]
    opened: Sequence[Token]
    closed: Sequence[Token]
    happened: bytes
    caller: int
    tried: frozenset[int]  # tokens whose call was tried in this commit and failed
    promised_at: datetime | None

    @property
    def seq(self) -> int:
        """Return the number of nodes the case left, with those of this change."""
        return (self.before.seq if self.before else 0) + len(self.path)

    @property
    def step(self) -> str:
        """Return where the case stands: at its first token, or at the last node it left."""
        nodes = self.graph.nodes
        if self.state.tokens:
            return nodes[self.state.tokens[0].node].id
        return nodes[self.path[-1].node].id if self.path else ""

    @property
    def kept_as(self) -> str:
        """Return the state of the case in a word."""
        if not self.state.tokens:
            return "ended"
        return "active" if self.state.is_under_way else "waiting"


class Task(NamedTuple):
    """A row of what a case waits for."""

    case: int
    token: int
    node: str
    kind: str
    version: str
    what: str
    about: str
    due_at: datetime | None
    next_at: datetime | None
    attempts: int


async def lock(connection: Connection, cell: int, ids: Sequence[int]) -> dict[int, Row]:
    """Return the cases that exist, locked until the commit."""
    rows = await connection.fetch(_LOCK, cell, sorted(set(ids)))
    return {row["id"]: Row(*row) for row in rows}


async def lock_due(connection: Connection, at: datetime, most: int) -> list[tuple[int, int]]:
    """Return (cell, case) of cases with a clock that has run out; those another works at are left.

    The lock is the lease: it ends with the connection of whoever holds it.
    """
    return [(row["cell"], row["id"]) for row in await connection.fetch(_DUE, at, most)]


async def kept_walk(connection: Connection, cell: int, case: int) -> bytes | None:
    """Return the packed state of a case, or None: there is none."""
    kept: bytes | None = await connection.fetchval(_WALK, cell, case)
    return kept


async def find_answers(
    connection: Connection, cell: int, asked: Sequence[Asked]
) -> dict[int, tuple[bytes, bytes]]:
    """Return (body hash, answer) of those that were answered before, by position."""
    keyed = [n for n, one in enumerate(asked) if one.key]
    if not keyed:
        return {}
    callers, keys = [asked[n].caller for n in keyed], [asked[n].key for n in keyed]
    rows = await connection.fetch(_FOUND, cell, callers, OPERATION, keys)
    return {keyed[row["n"] - 1]: (row["body_hash"], row["answer"]) for row in rows}


async def keep_answers(
    connection: Connection, cell: int, answered: Sequence[tuple[Asked, bytes]], at: datetime
) -> int:
    """Keep the answers of commands; return how many were written."""
    if not answered:
        return 0
    callers, keys, hashes, answers = zip(
        *((one.caller, one.key, one.body_hash, answer) for one, answer in answered), strict=True
    )
    kept: int = await connection.fetchval(
        _KEPT, cell, callers, OPERATION, keys, hashes, answers, at
    )
    return kept


async def write(connection: Connection, cell: int, changes: Sequence[Change], at: datetime) -> None:
    """Write what a batch did to its cases, each once."""
    if not changes:
        return
    opened = [task for change in changes for task in tasks_of(change, at)]
    closed = [(change.id, token.id) for change in changes for token in change.closed]
    cases = zip(*(_case(change) for change in changes), strict=True)
    ends = zip(*closed, strict=True) if closed else ((), ())
    tasks = zip(*opened, strict=True) if opened else ((),) * len(Task._fields)
    await connection.execute(_WRITE, cell, at, *cases, *ends, *tasks)


def _case(change: Change) -> tuple[object, ...]:
    nodes = change.graph.nodes
    return (
        change.id,
        change.graph.key,
        change.graph.hash,
        change.seq,
        (change.before.turns if change.before else 0) + 1,
        change.step,
        change.kept_as,
        pack(change.state),
        _due(change.state),
        change.promised_at,
        change.caller,
        change.happened,
        " ".join(nodes[one.node].id for one in change.path),
        " ".join(str(one.since_ms) for one in change.path),
        "".join(one.how for one in change.path),
    )


def _due(state: State) -> datetime | None:
    """Return when the case is to be looked at: at its first clock, or now if it is under way."""
    if state.is_under_way:
        return EPOCH
    return None if state.due_ms is None else instant(state.due_ms)


def instant(ms: int) -> datetime:
    """Return the instant of milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=ms)


def tasks_of(change: Change, at: datetime) -> list[Task]:
    """Return what the case begins to wait for from outside."""
    tasks: list[Task] = []
    for token in change.opened:
        node = change.graph.nodes[token.node]
        if node.kind in {Kind.USER, Kind.SERVICE, Kind.RULE}:
            tasks.append(_work(change, token, node, at))
        hung = (change.graph.nodes[one] for one in node.boundaries)
        tasks += [
            _message(change, token, one)
            for one in (node, *hung)
            if one.kind in {Kind.MESSAGE, Kind.BOUNDARY_MESSAGE}
        ]
    return tasks


def _work(change: Change, token: Token, node: Node, at: datetime) -> Task:
    is_user = node.kind is Kind.USER
    tries = 1 if token.id in change.tried else 0
    begins = at + timedelta(seconds=node.work.backoff_s) if tries else at
    return Task(
        change.id,
        token.id,
        node.id,
        "user" if is_user else "service",
        change.graph.hash,
        " ".join(node.work.roles) if is_user else node.work.call,
        "",
        None if node.work.due_s is None else at + timedelta(seconds=node.work.due_s),
        None if is_user else begins,
        tries,
    )


def _message(change: Change, token: Token, node: Node) -> Task:
    about = str(change.state.facts.get(node.correlate, "")) if node.correlate else ""
    return Task(
        change.id, token.id, node.id, "message", change.graph.hash, node.message, about,
        None, None, 0,
    )  # fmt: skip
