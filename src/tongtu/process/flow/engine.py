"""Advances cases: a batch of happenings, one look, one write, one commit.

All that a case can do without the outside happens in the commit of what set it going; a way longer
than STEPS_MAX nodes goes on in the next. A happening that is refused leaves its case as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from tongtu.kernel.errors import BadInput, Broken, Conflict, NotAllowed, NotFound, TongtuError
from tongtu.process.flow.graphs import Graphs
from tongtu.process.model.asked import (
    FACTS_BYTES_MAX,
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
from tongtu.process.rules.graph import Graph, Kind
from tongtu.process.rules.state import (
    EMPTY,
    WAITS,
    Began,
    Done,
    Failed,
    Happening,
    State,
    Taken,
    Tick,
    Token,
    standing_at,
    unpack,
)
from tongtu.process.rules.walker import STEPS_MAX, walk
from tongtu.process.store import incident as incidents
from tongtu.process.store import walk as store
from tongtu.process.store.walk import EPOCH, Change, Row
from tongtu.runtime.api import Connection, Lane, Runtime, get_logger, stored_answer

TICKS_AT_ONCE = 200
# A clock whose ringing leads nowhere is tried again after a while, and a person is told.
STUCK_AGAIN_S = 600
BATCH_MAX = 256
LEGACY = "1"  # cases opened before processes had a file
_ENCODE = msgspec.json.Encoder().encode
log = get_logger("process")


class Engine:
    """Walks cases through the processes that their versions name; `bindings` do their calls."""

    def __init__(
        self, runtime: Runtime, bindings: Bindings, graphs: Graphs, steps_max: int = STEPS_MAX
    ) -> None:
        self.steps_max = steps_max
        self.runtime = runtime
        self.bindings = bindings
        self.graphs = graphs

    def lane(self, *, batch_max: int = BATCH_MAX, gathers: bool = False) -> Lane[Asked, bytes]:
        """Return a lane whose callers share commits."""
        return Lane(
            "process",
            self.runtime.database.lane_connection,
            self.handle,
            batch_max=batch_max,
            gathers=gathers,
        )

    async def handle(
        self, connection: Connection, asked: Sequence[Asked]
    ) -> Sequence[bytes | TongtuError]:
        """Answer a lane's batch, cell by cell, each in a commit of its own."""
        answers: dict[int, bytes | TongtuError] = {}
        for cell in sorted({one.cell for one in asked}):
            mine = [n for n, one in enumerate(asked) if one.cell == cell]
            async with connection.transaction():
                told = await self.advance(connection, cell, [asked[n] for n in mine])
            answers.update(zip(mine, told, strict=True))
        return [answers[n] for n in range(len(asked))]

    async def advance(
        self, connection: Connection, cell: int, asked: Sequence[Asked]
    ) -> list[bytes | TongtuError]:
        """Let a batch of one cell happen in the caller's commit; return what each is told."""
        batch = _Batch(self, connection, cell)
        # First the lock, then the look: the same key waits for whoever has the case.
        rows = await store.lock(connection, cell, [one.case for one in asked])
        found = await store.find_answers(connection, cell, asked)
        answers: list[bytes | TongtuError] = []
        kept: dict[tuple[int, str], tuple[Asked, bytes]] = {}
        for n, one in enumerate(asked):
            name = one.caller, one.key
            try:
                if n in found:
                    answers.append(stored_answer(*found[n], one.body_hash))
                elif one.key and name in kept:
                    first, answer = kept[name]
                    answers.append(stored_answer(first.body_hash, answer, one.body_hash))
                else:
                    answer = await batch.happen(one, rows.get(one.case))
                    answers.append(answer)
                    if one.key:
                        kept[name] = one, answer
            except TongtuError as refusal:
                answers.append(refusal)
        await store.write(connection, cell, list(batch.changes()), batch.at)
        if await store.keep_answers(connection, cell, list(kept.values()), batch.at) != len(kept):
            raise asyncpg.SerializationError("a command was kept by another meanwhile")
        return answers

    async def tick(self) -> int:
        """Let the clocks that have run out ring; return how many cases were looked at.

        Two processes share the work by the rows' locks; what one had not committed is due again.
        """
        async with self.runtime.database.transaction() as connection:
            now = self.runtime.clock.now()
            due = await store.lock_due(connection, now, TICKS_AT_ONCE)
            for cell in sorted({cell for cell, _ in due}):
                asked = [Asked(cell, case, Tick()) for of, case in due if of == cell]
                told = await self.advance(connection, cell, asked)
                for one, answer in zip(asked, told, strict=True):
                    if isinstance(answer, TongtuError):
                        await self._stuck(connection, one, answer, now)
        return len(due)

    async def _stuck(
        self, connection: Connection, asked: Asked, why: TongtuError, at: datetime
    ) -> None:
        log.warning("case_stuck", case=asked.case, code=why.code, reason=why.detail)
        await incidents.put_off(
            connection, (asked.cell, asked.case), at + timedelta(seconds=STUCK_AGAIN_S)
        )
        await incidents.note(connection, (asked.cell, asked.case, 0), "", why.code, at)


class _Case:
    """A case while its batch is made: its state, and the way it took in it."""

    def __init__(self, graph: Graph, row: Row | None, state: State) -> None:
        self.graph, self.row, self.was, self.state = graph, row, state, state
        self.waited = frozenset(token.id for token in state.tokens if token.phase == WAITS)
        self.path: list[Taken] = []
        self.happened: list[Happening] = []
        self.tried: set[int] = set()
        self.caller = 0
        self.promised_at = row.promised_at if row else None


class _Batch:
    """The cases of one commit; what is refused changes none of them."""

    def __init__(self, engine: Engine, connection: Connection, cell: int) -> None:
        self.engine, self.connection, self.cell = engine, connection, cell
        self.at = engine.runtime.clock.now()
        self.at_ms = (self.at - EPOCH) // timedelta(milliseconds=1)
        self.cases: dict[int, _Case] = {}

    async def happen(self, asked: Asked, row: Row | None) -> bytes:
        """Let one thing happen and all that follows at once; return the answer."""
        case = self.cases.get(asked.case)
        if case is None:
            case = await self._case(asked, row)
        elif isinstance(asked.happening, Began):
            raise Conflict("the case has begun", code="case_begun")
        _check_person(case, asked)
        kept = case.state, len(case.path), len(case.happened), case.promised_at
        try:
            self._walk(case, asked.happening)
            await self._call(case, asked)
        except BaseException:
            case.state, case.promised_at = kept[0], kept[3]
            del case.path[kept[1] :], case.happened[kept[2] :]
            raise
        if case.state.tokens != case.was.tokens or case.path:
            case.caller = asked.caller
            self.cases[asked.case] = case
        return _ENCODE(_told(asked.case, case))

    async def _case(self, asked: Asked, row: Row | None) -> _Case:
        begins = isinstance(asked.happening, Began)
        if row is None:
            if not begins:
                raise NotFound("no such case")
            graph = await self.engine.graphs.of(self.connection, asked.version)
            case = _Case(graph, None, EMPTY)
            if graph.due_s is not None:
                case.promised_at = self.at + timedelta(seconds=graph.due_s)
            return case
        if begins:
            raise Conflict("the case has begun", code="case_begun")
        if row.held_at is not None:
            raise Conflict("the case is suspended", code="case_suspended")
        if row.version == LEGACY:
            raise Conflict("the case is older than its process file", code="case_unversioned")
        graph = await self.engine.graphs.of(self.connection, row.version)
        if row.walk is not None:
            return _Case(graph, row, unpack(row.walk))
        stands = graph.by_id.get(row.step)
        if stands is None:
            raise Broken(f"{row.step} is no node of the version that the case is of")
        since_ms = (row.changed_at - EPOCH) // timedelta(milliseconds=1)
        return _Case(graph, row, standing_at(stands, since_ms))

    def _walk(self, case: _Case, happening: Happening) -> None:
        facts = getattr(happening, "facts", None)
        walked = walk(case.graph, case.state, happening, self.at_ms, self.engine.steps_max)
        if facts and len(_ENCODE(walked.state.facts)) > FACTS_BYTES_MAX:
            raise BadInput("a case keeps at most 16 KB of facts", code="facts_too_large")
        # A token may come to wait without leaving anything: at the cut of a long way.
        if walked.path or walked.state.tokens != case.state.tokens:
            case.happened.append(happening)
        case.state = walked.state
        case.path += walked.path

    async def _call(self, case: _Case, asked: Asked) -> None:
        """Make the calls that need no outside, until only the outside is waited for."""
        while (token := self._next_call(case)) is not None:
            node = case.graph.nodes[token.node]
            key, facts = f"{asked.case}/{token.id}", case.state.facts
            doing = Doing(self.cell, asked.case, case.graph.key, node.id, facts, key, self.at)
            bound = self.engine.bindings[node.work.call]
            try:
                if isinstance(bound, Pure):
                    happening: Happening = Done(token.id, dict(bound.call(doing)))
                else:
                    assert isinstance(bound, Inside)
                    async with self.connection.transaction():
                        happening = Done(token.id, dict(await bound.call(self.connection, doing)))
                self._walk(case, happening)
            except BusinessError as error:
                self._walk(case, Failed(token.id, error.code))
            except (TongtuError, ArithmeticError, LookupError, ValueError, TypeError) as fault:
                # The case waits at the call; it is tried again as the file says.
                log.warning("call_failed", call=node.work.call, case=asked.case, exc_info=fault)
                case.tried.add(token.id)

    def _next_call(self, case: _Case) -> Token | None:
        for token in case.state.tokens:
            node = case.graph.nodes[token.node]
            if (
                token.phase == WAITS
                and token.id not in case.waited  # that is tried by its own clock
                and node.kind in {Kind.SERVICE, Kind.RULE}
                and token.id not in case.tried
                and not isinstance(self.engine.bindings.get(node.work.call, _NOBODY), Outside)
            ):
                return token
        return None

    def changes(self) -> list[Change]:
        """Return what is written of each case."""
        return [_change(number, case) for number, case in self.cases.items()]


_NOBODY = Outside(lambda _: _never())


async def _never() -> Mapping[str, Any]:
    raise LookupError("nothing is bound to this call")


def _change(number: int, case: _Case) -> Change:
    waits = [token for token in case.state.tokens if token.phase == WAITS]
    still = {token.id for token in waits}
    return Change(
        number,
        case.graph,
        case.row,
        case.state,
        case.path,
        [token for token in waits if token.id not in case.waited],
        [token for token in case.was.tokens if token.phase == WAITS and token.id not in still],
        _ENCODE(case.happened),
        case.caller,
        frozenset(case.tried),
        case.promised_at,
    )


def _told(number: int, case: _Case) -> Advanced:
    change = _change(number, case)
    opened = [Opened(token.id, case.graph.nodes[token.node].id) for token in change.opened]
    return Advanced(number, change.seq, change.step, change.kept_as, opened)


def _check_person(case: _Case, asked: Asked) -> None:
    """A person does user tasks of their roles; a task of another kind is nobody's by hand."""
    happening = asked.happening
    if asked.roles is None or not isinstance(happening, Done):
        return
    for token in case.state.tokens:
        if token.id == happening.token:
            node = case.graph.nodes[token.node]
            if node.kind is not Kind.USER or not asked.roles & set(node.work.roles):
                raise NotAllowed("the task is for other roles")
