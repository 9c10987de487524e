"""Carries events from the outbox to handlers: at least once, in commit order, one reader a handler.

A handler that fails does not hold up the events behind it: its event is tried again later, with
growing pauses, and stands in runtime.retry until it succeeds. Handlers are idempotent by contract.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from tongtu.runtime.database import Connection
from tongtu.runtime.lane import LOST
from tongtu.runtime.logs import get_logger
from tongtu.runtime.metrics import count
from tongtu.runtime.outbox import Event
from tongtu.runtime.runtime import Runtime

POLL_S = 0.25
BATCH_MAX = 200
PAUSE_MAX_S = 300
Handler = Callable[[Event], Awaitable[None]]

# Rows of transactions that may still commit before this moment are left for the next look.
READ = """
select o.cell, o.id, o.at, o.payload, o.xid::text as xid
from runtime.outbox o, runtime.reader r
where r.topic = $1 and r.handler = $2 and o.topic = $1 and (o.xid, o.id) > (r.xid, r.id)
  and o.xid < pg_snapshot_xmin(pg_current_snapshot())
order by o.xid, o.id limit $3
"""
MOVE = "update runtime.reader set xid = $3::text::xid8, id = $4 where topic = $1 and handler = $2"
FAILED = """
insert into runtime.retry (handler, cell, event, topic, attempts, next_at, fault)
values ($1, $2, $3, $4, 1, $5, $6)
on conflict (handler, cell, event) do update
set attempts = runtime.retry.attempts + 1, next_at = excluded.next_at, fault = excluded.fault
"""
DUE = """
select o.cell, o.id, o.at, o.payload, t.attempts
from runtime.retry t join runtime.outbox o on o.cell = t.cell and o.id = t.event
where t.topic = $1 and t.handler = $2 and t.next_at <= $3 order by t.next_at limit $4
"""
SETTLED = "delete from runtime.retry where handler = $1 and cell = $2 and event = $3"
log = get_logger("relay")


@dataclass(frozen=True, slots=True)
class _Reader:
    topic: str
    name: str
    handle: Handler


class Relay:
    """Reads the outbox for its handlers; one relay a database at a time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._readers: list[_Reader] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._woken = asyncio.Event()

    def on(self, topic: str, name: str, handler: Handler) -> None:
        """Add a handler; `name` keeps its place in the log of events for ever."""
        self._readers.append(_Reader(topic, name, handler))

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._woken.set()

    async def start(self) -> None:
        """Begin to carry events."""
        async with self._runtime.database.transaction() as connection:
            for reader in self._readers:
                await connection.execute(
                    "insert into runtime.reader (topic, handler) values ($1, $2) "
                    "on conflict do nothing",
                    reader.topic,
                    reader.name,
                )
        self._tasks = [asyncio.create_task(self._carry(reader)) for reader in self._readers]

    async def stop(self) -> None:
        """Stop after the events in hand."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def step(self, topic: str, name: str) -> int:
        """Carry one batch to one handler and return how many events it was given."""
        reader = next(r for r in self._readers if (r.topic, r.name) == (topic, name))
        return await self._step(reader)

    async def _carry(self, reader: _Reader) -> None:
        while True:
            try:
                if await self._step(reader):
                    continue
            except LOST as fault:
                log.warning(
                    "relay_connection_lost", handler=reader.name, fault=type(fault).__name__
                )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)
            self._woken.clear()

    async def _step(self, reader: _Reader) -> int:
        database, now = self._runtime.database, self._runtime.clock.now()
        async with database.reading() as connection:
            fresh = await connection.fetch(READ, reader.topic, reader.name, BATCH_MAX)
            due = await connection.fetch(DUE, reader.topic, reader.name, now, BATCH_MAX)
        for row in due:
            if await self._deliver(reader, row, row["attempts"]):
                async with database.transaction() as connection:
                    await connection.execute(SETTLED, reader.name, row["cell"], row["id"])
        for row in fresh:
            await self._deliver(reader, row, 0)
            async with database.transaction() as connection:
                await connection.execute(MOVE, reader.topic, reader.name, row["xid"], row["id"])
        return len(fresh)

    async def _deliver(self, reader: _Reader, row: Any, attempts: int) -> bool:
        payload = msgspec.json.decode(row["payload"])
        event = Event(row["cell"], row["id"], reader.topic, payload, row["at"])
        try:
            await reader.handle(event)
        except LOST:
            raise  # the database is away: the same event comes again, first in its order
        except Exception as fault:
            count("relay_failures").inc()
            log.error("event_failed", handler=reader.name, event_id=event.id, exc_info=fault)
            pause = timedelta(seconds=min(2**attempts, PAUSE_MAX_S))
            async with self._runtime.database.transaction() as connection:
                await _retry_later(connection, reader, event, self._runtime.clock.now() + pause)
            return False
        return True


async def _retry_later(connection: Connection, reader: _Reader, event: Event, next_at: Any) -> None:
    await connection.execute(
        FAILED, reader.name, event.cell, event.id, reader.topic, next_at, "handler failed; see log"
    )
