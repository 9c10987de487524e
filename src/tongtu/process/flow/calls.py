"""Makes the calls to the outside, between two commits: each is tried again under its own key."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import NamedTuple

from tongtu.kernel.errors import TongtuError
from tongtu.process.flow.engine import Engine
from tongtu.process.model.asked import Asked, BusinessError, Doing, Inside, Outside, Pure
from tongtu.process.rules.state import Done, Failed, Happening, unpack
from tongtu.process.store import incident as incidents
from tongtu.process.store import walk as store
from tongtu.runtime.api import Connection, get_logger

# Longer than an outside call may take; a process that dies with a call leaves it due after this.
LEASE_S = 120
CALL_TIMEOUT_S = 60
AT_ONCE = 50
BACKOFF_MAX_S = 86_400
GIVEN_UP = "attempts_used_up"
log = get_logger("process")


class Claimed(NamedTuple):
    """A call that is this process's for now."""

    cell: int
    case: int
    token: int
    node: str
    version: str
    call: str
    attempt: int

    @property
    def where(self) -> tuple[int, int, int]:
        """Return the key of the task."""
        return self.cell, self.case, self.token


async def make_calls(engine: Engine) -> int:
    """Make the calls that are due, and those that failed inside a commit anew; return how many."""
    runtime = engine.runtime
    async with runtime.database.transaction() as connection:
        now = runtime.clock.now()
        rows = await incidents.claim(connection, now, now + timedelta(seconds=LEASE_S), AT_ONCE)
    claimed = [Claimed(*row) for row in rows]
    await asyncio.gather(*(_make(engine, one) for one in claimed))
    return len(claimed)


async def _make(engine: Engine, claimed: Claimed) -> None:
    bound = engine.bindings.get(claimed.call)
    try:
        if isinstance(bound, Inside):
            await _make_inside(engine, bound, claimed)
        else:
            happening = await _outcome(engine, bound, claimed)
            async with engine.runtime.database.transaction() as connection:
                await _happen(engine, connection, claimed, happening)
    except Exception as fault:  # noqa: BLE001 - whatever an outside does, the case is tried again
        await _again(engine, claimed, fault)


async def _make_inside(engine: Engine, bound: Inside, claimed: Claimed) -> None:
    """Try a call whose effect is ours again, in the commit that advances its case."""
    async with engine.runtime.database.transaction() as connection:
        happening: Happening
        try:
            async with connection.transaction():
                done = await bound.call(connection, await _doing(engine, connection, claimed))
            happening = Done(claimed.token, dict(done))
        except BusinessError as error:
            happening = Failed(claimed.token, error.code)
        await _happen(engine, connection, claimed, happening)


async def _outcome(engine: Engine, bound: Pure | Outside | None, claimed: Claimed) -> Happening:
    if bound is None:
        raise LookupError(f"nothing is bound to {claimed.call}")
    async with engine.runtime.database.reading() as connection:
        doing = await _doing(engine, connection, claimed)
    try:
        if isinstance(bound, Pure):
            return Done(claimed.token, dict(bound.call(doing)))
        async with asyncio.timeout(CALL_TIMEOUT_S):
            return Done(claimed.token, dict(await bound.call(doing)))
    except BusinessError as error:
        return Failed(claimed.token, error.code)


async def _doing(engine: Engine, connection: Connection, claimed: Claimed) -> Doing:
    kept = await store.kept_walk(connection, claimed.cell, claimed.case)
    facts = unpack(kept).facts if kept else {}
    key = f"{claimed.case}/{claimed.token}"
    graph = await engine.graphs.of(connection, claimed.version)
    now = engine.runtime.clock.now()
    return Doing(claimed.cell, claimed.case, graph.key, claimed.node, facts, key, now)


async def _happen(
    engine: Engine, connection: Connection, claimed: Claimed, happening: Happening
) -> None:
    asked = Asked(claimed.cell, claimed.case, happening)
    (answer,) = await engine.advance(connection, claimed.cell, [asked])
    if isinstance(answer, TongtuError):
        raise answer
    await incidents.end(connection, claimed.where, engine.runtime.clock.now(), 0)


async def _again(engine: Engine, claimed: Claimed, fault: Exception) -> None:
    """Put the next try off, twice as long each time; after the last a person is told."""
    log.warning("call_failed", call=claimed.call, case=claimed.case, exc_info=fault)
    runtime = engine.runtime
    async with runtime.database.transaction() as connection:
        now = runtime.clock.now()
        graph = await engine.graphs.of(connection, claimed.version)
        work = graph.nodes[graph.by_id[claimed.node]].work
        if claimed.attempt >= work.attempts_max:
            await incidents.try_at(connection, claimed.where, None)
            await incidents.note(connection, claimed.where, claimed.node, GIVEN_UP, now)
        else:
            wait_s = min(work.backoff_s * 2 ** (claimed.attempt - 1), BACKOFF_MAX_S)
            await incidents.try_at(connection, claimed.where, now + timedelta(seconds=wait_s))
