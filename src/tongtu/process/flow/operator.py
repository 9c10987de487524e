"""What an operator does to a case: stop and let go on, take it to another version, try again."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tongtu.kernel.errors import Conflict, NotFound
from tongtu.process.flow.engine import LEGACY, Engine
from tongtu.process.rules.migration import migrated
from tongtu.process.rules.state import WAITS, Moved, unpack
from tongtu.process.store import case as cases
from tongtu.process.store import incident as incidents
from tongtu.process.store import walk as store
from tongtu.process.store.walk import EPOCH, Change, Row
from tongtu.runtime.api import Connection


async def suspend(engine: Engine, connection: Connection, cell: int, case: int) -> None:
    """Stop a case: nothing happens to it, its clocks run on and ring when it is resumed.

    Raises:
        NotFound: no such case.
        Conflict: it is stopped, or over.
    """
    row = await _row(connection, cell, case)
    if row.held_at is not None or row.state == "ended":
        raise Conflict("the case is suspended or over", code="case_suspended")
    await cases.hold(connection, cell, case, engine.runtime.clock.now())


async def resume(connection: Connection, cell: int, case: int) -> None:
    """Let a stopped case go on. Raises NotFound; Conflict: it is not stopped."""
    row = await _row(connection, cell, case)
    if row.held_at is None:
        raise Conflict("the case is not suspended", code="case_not_suspended")
    await cases.hold(connection, cell, case, None)


async def migrate_case(
    engine: Engine,
    connection: Connection,
    where: tuple[int, int],
    moved: Moved,
    caller: int,
) -> None:
    """Take a case (cell, number) to another version of its process; stopped or not.

    Raises:
        NotFound: no such case or version.
        Conflict: the case is over, of another process, or the decision lane's own.
        CannotMove: the version has no place for where the case stands.
    """
    row = await _row(connection, *where)
    if row.state == "ended" or row.walk is None or row.version == LEGACY:
        raise Conflict("the case is over, or was never walked", code="case_cannot_move")
    old = await engine.graphs.of(connection, row.version)
    new = await engine.graphs.of(connection, moved.version)
    if old.key != new.key or old.hash == new.hash:
        raise Conflict("not another version of the case's process", code="case_cannot_move")
    now = engine.runtime.clock.now()
    before = unpack(row.walk)
    at_ms = (now - EPOCH) // timedelta(milliseconds=1)
    state = migrated(old, new, before, moved.nodes, at_ms)
    waited = [token for token in before.tokens if token.phase == WAITS]
    waits = [token for token in state.tokens if token.phase == WAITS]
    happened = msgspec.json.encode([moved])
    change = Change(
        row.id, new, row, state, (), waits, waited, happened, caller, frozenset(), row.promised_at
    )
    await store.write(connection, where[0], [change], now)


async def try_again(
    engine: Engine, connection: Connection, where: tuple[int, int, int], caller: int
) -> None:
    """Try a call anew that was given up: (cell, case, token).

    Raises:
        NotFound: no call of this token was given up.
    """
    now = engine.runtime.clock.now()
    if not await incidents.try_anew(connection, where, now):
        raise NotFound("no call of this case was given up there")
    await incidents.end(connection, where, now, caller)


async def _row(connection: Connection, cell: int, case: int) -> Row:
    row = (await store.lock(connection, cell, [case])).get(case)
    if row is None:
        raise NotFound("no such case")
    return row
